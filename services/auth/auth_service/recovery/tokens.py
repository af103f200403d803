"""One-time tokens: what kinds there are, how one is made and when it stops counting."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from auth_service.recovery.models import OneTimeToken
from servicekit.database import DatabaseSession

VERIFY_EMAIL = "verify_email"
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a kind
EMAIL_CHANGE_NEW = "email_change_new"
EMAIL_CHANGE_OLD = "email_change_old"

EMAIL_CHANGE_KINDS = (EMAIL_CHANGE_NEW, EMAIL_CHANGE_OLD)
ALL_KINDS = (VERIFY_EMAIL, PASSWORD_RESET, *EMAIL_CHANGE_KINDS)

RANDOM_BYTES = 32
MAXIMUM_CHARACTERS = 128


def issue_token(
    session: DatabaseSession, kind: str, user_id: int, email: str, *, life: timedelta, now: datetime
) -> str:
    """Return a new token of a user, whose row is locked or new, without committing; an older one of the kind is void.

    ``kind`` is one of those above, ``email`` the address that it proves, ``life`` how long it may be used.
    """
    token = secrets.token_urlsafe(RANDOM_BYTES)
    issued = {"token_hash": hash_of_token(token), "email": email, "expires_at": now + life}
    statement = insert(OneTimeToken).values(kind=kind, user_id=user_id, **issued)
    replacing = {
        **issued,
        "used_at": None,
        "version": OneTimeToken.version + 1,
        "created_at": now,
        "updated_at": now,
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=[OneTimeToken.user_id, OneTimeToken.kind], set_=replacing)
    )
    return token


def void_tokens(session: DatabaseSession, user_id: int, kinds: Collection[str]) -> None:
    """Delete the tokens of a user of these kinds, without committing."""
    session.execute(
        delete(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.kind.in_(kinds)),
        execution_options={"synchronize_session": False},
    )


def hash_of_token(token: str) -> str:
    """Return what is stored of ``token``; a quick hash is enough for something that cannot be guessed (256 bits)."""
    return hashlib.sha256(token.encode()).hexdigest()
