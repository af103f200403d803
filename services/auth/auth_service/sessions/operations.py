"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, CursorResult, RowMapping, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from auth_service.sessions import queries
from auth_service.sessions.errors import (
    InvalidCredentials,
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenRevoked,
)
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.sessions.refresh_tokens import hash_of_refresh_token, new_refresh_token
from auth_service.sessions.revocation import AccessTokenRevocation
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users import queries as users
from auth_service.users.models import User
from auth_service.users.names import login_name
from auth_service.users.passwords import Passwords
from servicekit.access_tokens import TokenRevoked
from servicekit.database import DatabaseSession

log = structlog.get_logger(__name__)

PRUNED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The pair of tokens that continues a session."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def sign_in(
    session: DatabaseSession,
    passwords: Passwords,
    issuer: AccessTokenIssuer,
    *,
    email: str | None,
    username: str | None,
    password: str,
    refresh_token_life: timedelta,
    now: datetime,
) -> tuple[IssuedTokens, RowMapping]:
    """Return the tokens of a new session, and the user, whom e-mail address or username and password prove.

    Raises:
        InvalidCredentials: no such account or another password; both cost the same work.
    """
    found = users.find_credentials(session, *login_name(email, username))
    if not passwords.matches(password, None if found is None else found["password_hash"]) or found is None:
        raise InvalidCredentials
    renewed_hash = passwords.hash(password) if passwords.is_outdated(found["password_hash"]) else None
    # From here on neither password nor role can change before the session is stored, and a change that was quicker is
    # seen: it could not have ended a session that it did not know of.
    locking = select(*users.PUBLIC_COLUMNS, User.password_hash).where(User.id == found["id"])
    user = session.execute(locking.with_for_update(read=renewed_hash is None)).mappings().one_or_none()
    if user is None:
        raise InvalidCredentials
    if user["password_hash"] != found["password_hash"]:
        if not passwords.matches(password, user["password_hash"]):
            raise InvalidCredentials
    elif renewed_hash is not None:
        # Not a change of the user that anybody can see, so neither version nor time of change move.
        renewal = update(User).where(User.id == user["id"])
        session.execute(
            renewal.values(password_hash=renewed_hash, updated_at=User.updated_at),
            execution_options={"synchronize_session": False},
        )
    opened = UserSession(id=uuid.uuid4().hex, user_id=user["id"], last_used_at=now, expires_at=now + refresh_token_life)
    session.add(opened)
    session.flush()
    tokens = _issue(session, issuer, opened, user["role"], now=now)
    session.commit()
    return tokens, user


def refresh(
    session: DatabaseSession,
    issuer: AccessTokenIssuer,
    revocation: AccessTokenRevocation,
    refresh_token: str,
    *,
    refresh_token_life: timedelta,
    now: datetime,
) -> IssuedTokens:
    """Return new tokens for the session that ``refresh_token`` continues; the token is used up.

    Of several callers with one token the first wins; each later one ends the session (RFC 9700, section 4.14.2).

    Raises:
        RefreshTokenInvalid, RefreshTokenExpired, RefreshTokenRevoked, RefreshTokenReused: it continues nothing.
    """
    token_hash = hash_of_refresh_token(refresh_token)
    session_id = queries.find_session_id_of_token(session, token_hash)
    if session_id is None:
        raise RefreshTokenInvalid
    # The session is locked before its tokens, as it is when a user is deleted: another order could end in a deadlock.
    continued = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    used_up = session.scalars(select(RefreshToken).where(RefreshToken.token_hash == token_hash)).one_or_none()
    if continued is None or used_up is None:
        raise RefreshTokenInvalid
    if used_up.used_at is not None:
        log.warning("refresh_token_reused", session_id=session_id, user_id=continued.user_id)
        _end(session, revocation, continued, now=now)
        raise RefreshTokenReused
    if continued.revoked_at is not None:
        raise RefreshTokenRevoked
    if used_up.expires_at <= now:
        raise RefreshTokenExpired
    role = session.scalars(select(User.role).where(User.id == continued.user_id)).one()
    used_up.used_at = continued.last_used_at = now
    continued.expires_at = now + refresh_token_life
    tokens = _issue(session, issuer, continued, role, now=now)
    session.commit()
    return tokens


def sign_out(
    session: DatabaseSession, revocation: AccessTokenRevocation, *, user_id: int, session_id: str, now: datetime
) -> None:
    """End one session of a user.

    Raises:
        TokenRevoked: the session has ended already, or is no session of the user.
    """
    ending = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    if ending is None or ending.user_id != user_id or ending.revoked_at is not None:
        raise TokenRevoked
    _end(session, revocation, ending, now=now)


def prune_sessions(session: DatabaseSession, *, keep_ended: timedelta, now: datetime) -> tuple[int, int]:
    """Delete sessions that are over and expired refresh tokens; return the count of each.

    They are kept for ``keep_ended`` after their end, which is at least as long as an access token may live on.
    """
    over = or_(UserSession.expires_at < now - keep_ended, UserSession.revoked_at < now - keep_ended)
    sessions = _delete_in_batches(session, UserSession.id, over)
    tokens = _delete_in_batches(session, RefreshToken.id, RefreshToken.expires_at < now - keep_ended)
    return sessions, tokens


def _issue(
    session: DatabaseSession, issuer: AccessTokenIssuer, continued: UserSession, role: str, *, now: datetime
) -> IssuedTokens:
    refresh_token = new_refresh_token()
    session.add(
        RefreshToken(
            token_hash=hash_of_refresh_token(refresh_token), session_id=continued.id, expires_at=continued.expires_at
        )
    )
    access_token = issuer.issue(user_id=continued.user_id, role=role, session_id=continued.id, now=now)
    return IssuedTokens(access_token, refresh_token)


def _end(session: DatabaseSession, revocation: AccessTokenRevocation, ending: UserSession, *, now: datetime) -> None:
    """End a locked session once, in the database first; a Redis that was emptied meanwhile is told again."""
    session_id = ending.id
    if ending.revoked_at is None:
        ending.revoked_at = now
    session.commit()
    revocation.revoke([session_id])


def _delete_in_batches(
    session: DatabaseSession, key: InstrumentedAttribute[Any], condition: ColumnElement[bool]
) -> int:
    """Delete rows a thousand at a time, each batch committed, leaving out what somebody works on this moment."""
    deleted = 0
    while True:
        batch = select(key.label("id")).where(condition).limit(PRUNED_AT_ONCE).with_for_update(skip_locked=True).cte()
        statement = delete(key.class_).where(key.in_(select(batch.c.id)))
        result = cast("CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False}))
        session.commit()
        deleted += result.rowcount
        if result.rowcount < PRUNED_AT_ONCE:
            return deleted
