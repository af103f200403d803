"""What is read of sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from auth_service.sessions.models import RefreshToken, UserSession
from servicekit.database import DatabaseSession
from servicekit.pagination import Page, PageRequest

SHOWN_COLUMNS = (
    UserSession.id,
    UserSession.user_agent,
    UserSession.address,
    UserSession.created_at,
    UserSession.last_used_at,
    UserSession.expires_at,
)


def find_session_id_of_token(session: DatabaseSession, token_hash: str) -> str | None:
    """Return the session that a refresh token continues, None when the token is unknown."""
    return session.scalar(select(RefreshToken.session_id).where(RefreshToken.token_hash == token_hash))


def find_token(session: DatabaseSession, token_hash: str) -> RefreshToken | None:
    """Return the refresh token with this hash or None, as it is now, to be changed."""
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def list_sessions(session: DatabaseSession, user_id: int, request: PageRequest, *, now: datetime) -> Page:
    """Return a page of the live sessions of a user, the one used last first."""
    live = (UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now)
    total = session.scalar(select(func.count()).select_from(UserSession).where(*live)) or 0
    latest_first = select(*SHOWN_COLUMNS).where(*live).order_by(UserSession.last_used_at.desc(), UserSession.id)
    rows = session.execute(latest_first.limit(request.per_page).offset(request.offset)).mappings().all()
    return Page(rows, request, total)


def find_last_access_expiry(session: DatabaseSession) -> datetime | None:
    """Return when the last access token ends that was issued in any session, None when there is no session."""
    return session.scalar(select(func.max(UserSession.access_expires_at)))


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all sessions of a user that are still stored, ended ones too, the newest first."""
    held = select(*SHOWN_COLUMNS, UserSession.revoked_at).where(UserSession.user_id == user_id)
    return held.order_by(UserSession.created_at.desc(), UserSession.id)
