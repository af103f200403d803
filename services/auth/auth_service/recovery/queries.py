"""What is read of one-time tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from auth_service.recovery.models import OneTimeToken
from auth_service.recovery.tokens import EMAIL_CHANGE_NEW
from servicekit.database import DatabaseSession


def find_owner_id(session: DatabaseSession, token_hash: str) -> int | None:
    """Return whose the token with this hash is, None when there is none."""
    return session.scalar(select(OneTimeToken.user_id).where(OneTimeToken.token_hash == token_hash))


def find_token(session: DatabaseSession, token_hash: str) -> OneTimeToken | None:
    """Return the token with this hash or None, as it is now, to be changed."""
    query = select(OneTimeToken).where(OneTimeToken.token_hash == token_hash)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_token_of_kind(session: DatabaseSession, user_id: int, kind: str) -> OneTimeToken | None:
    """Return the token of a user of this kind or None, as it is now."""
    query = select(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.kind == kind)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_pending_email(session: DatabaseSession, user_id: int, *, now: datetime) -> str | None:
    """Return the address that waits to become that of a user, or None."""
    query = select(OneTimeToken.email).where(
        OneTimeToken.user_id == user_id, OneTimeToken.kind == EMAIL_CHANGE_NEW, OneTimeToken.expires_at > now
    )
    return session.scalar(query)


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all one-time tokens of a user that are still stored, used ones too, the newest first."""
    shown = (
        OneTimeToken.kind,
        OneTimeToken.email,
        OneTimeToken.created_at,
        OneTimeToken.expires_at,
        OneTimeToken.used_at,
    )
    newest_first = (OneTimeToken.created_at.desc(), OneTimeToken.id.desc())
    return select(*shown).where(OneTimeToken.user_id == user_id).order_by(*newest_first)
