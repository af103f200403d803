"""What is read of tokens that somebody presents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Exists, RowMapping, exists, or_, select

from auth_service.api_keys.models import ApiKey
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.users.models import User
from auth_service.users.queries import get_caller
from servicekit.access_tokens import VIA_SESSION, AccessTokenClaims, TokenRevoked
from servicekit.database import DatabaseSession


def find_owner(session: DatabaseSession, claims: AccessTokenClaims, *, now: datetime) -> RowMapping | None:
    """Return the user of a verified access token, None when account, epoch, session or API key is not what it was.

    The database alone is asked, so the answer is right while Redis is away.
    """
    try:
        owner = get_caller(session, user_id=claims.user_id, epoch=claims.epoch, session_id=claims.session_id)
    except TokenRevoked:
        return None
    live = _live_session(claims, now) if claims.via == VIA_SESSION else _live_api_key(claims, now)
    return owner if session.scalar(select(live)) else None


def _live_session(claims: AccessTokenClaims, now: datetime) -> Exists:
    return exists().where(
        UserSession.id == claims.session_id,
        UserSession.user_id == claims.user_id,
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > now,
    )


def _live_api_key(claims: AccessTokenClaims, now: datetime) -> Exists:
    return exists().where(
        ApiKey.id == claims.session_id,
        ApiKey.user_id == claims.user_id,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
    )


def find_live_refresh_token(session: DatabaseSession, token_hash: str, *, now: datetime) -> RowMapping | None:
    """Return a refresh token that may be used, with its session and user; None when there is none."""
    query = (
        select(
            RefreshToken.created_at,
            RefreshToken.expires_at,
            RefreshToken.session_id,
            UserSession.user_id,
            User.username,
            User.email,
            User.role,
        )
        .join(UserSession, UserSession.id == RefreshToken.session_id)
        .join(User, User.id == UserSession.user_id)
        .where(
            RefreshToken.token_hash == token_hash,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > now,
            UserSession.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    return session.execute(query).mappings().one_or_none()
