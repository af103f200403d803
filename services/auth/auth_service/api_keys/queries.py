"""What is read of API keys; no answer of these holds the hash of a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, or_, select

from auth_service.api_keys.errors import ApiKeyNotFound
from auth_service.api_keys.models import ApiKey
from auth_service.users.models import User
from servicekit.database import DatabaseSession
from servicekit.pagination import Page, PageRequest

SHOWN_COLUMNS = (
    ApiKey.id,
    ApiKey.user_id,
    ApiKey.name,
    ApiKey.prefix,
    ApiKey.scopes,
    ApiKey.allowed_addresses,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.previous_valid_until,
    ApiKey.last_used_at,
    ApiKey.last_used_address,
    ApiKey.version,
    ApiKey.created_at,
    ApiKey.updated_at,
)


def get_api_key(session: DatabaseSession, key_id: str, *, owner_id: int | None) -> RowMapping:
    """Return a key of ``owner_id``, or of anybody when that is None.

    Raises:
        ApiKeyNotFound: when there is none.
    """
    query = select(*SHOWN_COLUMNS).where(ApiKey.id == key_id)
    if owner_id is not None:
        query = query.where(ApiKey.user_id == owner_id)
    key = session.execute(query).mappings().one_or_none()
    if key is None:
        raise ApiKeyNotFound
    return key


def list_api_keys(session: DatabaseSession, user_id: int, request: PageRequest) -> Page:
    """Return a page of the keys of a user, revoked ones too, the newest first."""
    total = session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id)) or 0
    newest_first = (
        select(*SHOWN_COLUMNS).where(ApiKey.user_id == user_id).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
    )
    rows = session.execute(newest_first.limit(request.per_page).offset(request.offset)).mappings().all()
    return Page(rows, request, total)


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all keys of a user that are still stored, the newest first."""
    held = select(*SHOWN_COLUMNS, ApiKey.known_addresses).where(ApiKey.user_id == user_id)
    return held.order_by(ApiKey.created_at.desc(), ApiKey.id.desc())


def count_live(session: DatabaseSession, user_id: int, *, now: datetime) -> int:
    """Return how many keys of a user are neither revoked nor expired."""
    live = (ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now))
    return session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id, *live)) or 0


def find_by_secret(session: DatabaseSession, secret_hash: str) -> RowMapping | None:
    """Return the key with this secret, or with this one before its last rotation, and what is to know of its owner."""
    query = (
        select(
            ApiKey.id,
            ApiKey.user_id,
            ApiKey.scopes,
            ApiKey.allowed_addresses,
            ApiKey.expires_at,
            ApiKey.revoked_at,
            ApiKey.previous_valid_until,
            ApiKey.last_used_at,
            ApiKey.known_addresses,
            (ApiKey.secret_hash == secret_hash).label("is_current_secret"),
            User.role.label("owner_role"),
            User.token_epoch.label("owner_epoch"),
            User.disabled_at.label("owner_disabled_at"),
        )
        .join(User, User.id == ApiKey.user_id)
        .where(or_(ApiKey.secret_hash == secret_hash, ApiKey.previous_secret_hash == secret_hash))
    )
    return session.execute(query).mappings().one_or_none()
