"""What is read of sessions."""

from __future__ import annotations

from sqlalchemy import select

from auth_service.sessions.models import RefreshToken
from servicekit.database import DatabaseSession


def find_session_id_of_token(session: DatabaseSession, token_hash: str) -> str | None:
    """Return the session that a refresh token continues, None when the token is unknown."""
    return session.scalar(select(RefreshToken.session_id).where(RefreshToken.token_hash == token_hash))
