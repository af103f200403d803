"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import RowMapping, or_, select, update

from auth_service.attempts.operations import AttemptGuard
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa.challenges import IssuedChallenge, open_challenge
from auth_service.mfa.queries import has_second_factor
from auth_service.mfa.requirement import MfaRequirement
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions import queries
from auth_service.sessions.ending import end_sessions
from auth_service.sessions.errors import (
    AccountDisabled,
    EmailNotVerified,
    InvalidCredentials,
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenRevoked,
    SessionNotFound,
)
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.sessions.refresh_tokens import RefreshTokens, hash_of_refresh_token
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users import queries as users
from auth_service.users.models import User
from auth_service.users.names import login_name
from auth_service.users.passwords import Passwords
from auth_service.users.roles import MANAGE_ACCOUNT
from servicekit.database import DatabaseSession
from servicekit.pruning import delete_in_batches
from servicekit.revocation import session_name

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The pair of tokens that continues a session, and whether they allow nothing but setting up a second factor."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    mfa_enrolment_required: bool = False


def sign_in(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    refresh_tokens: RefreshTokens,
    *,
    email: str | None,
    username: str | None,
    password: str,
    verified_email_required: bool = False,
    origin: Origin,
    now: datetime,
) -> tuple[IssuedTokens | IssuedChallenge, RowMapping]:
    """Return the tokens of a new session, and the user, whom e-mail address or username and password prove.

    A user who has a second factor gets a challenge instead, to be answered with a code.

    Raises:
        InvalidCredentials: no such account or another password; both cost the same work.
        TooManyAttempts: too many have failed, whether or not there is such an account.
        AccountDisabled: the password is right and the account is disabled.
        EmailNotVerified: the password is right, and the address, which is required to be confirmed, is not.
    """
    name = login_name(email, username)
    found = users.find_credentials(session, *name)
    user_id = None if found is None else found["id"]
    subjects = attempts.subjects.of_sign_in(name, address=origin.address, user_id=user_id)
    attempt = attempts.begin(session, subjects, now=now)
    user = None
    is_right = passwords.matches(password, None if found is None else found["password_hash"])
    if is_right and attempt.may_succeed and found is not None:
        user = _locked_if_still_proven(session, passwords, found, password)
    if user is None:
        attempts.failed(session, attempt, origin=origin, user_id=user_id)
        _record_failure(session, origin, user_id, "invalid_credentials" if attempt.may_succeed else "account_held")
        raise attempt.refusal(InvalidCredentials())
    if user["disabled_at"] is not None:
        attempts.succeeded(session, attempt, now=now)
        _record_failure(session, origin, user["id"], "account_disabled")
        raise AccountDisabled
    if verified_email_required and user["email_verified_at"] is None:
        attempts.succeeded(session, attempt, now=now)
        _record_failure(session, origin, user["id"], "email_not_verified")
        raise EmailNotVerified
    issued: IssuedTokens | IssuedChallenge
    # Asked once the user is locked, so that a factor is seen that was confirmed meanwhile.
    if has_second_factor(session, user["id"]):
        issued = open_challenge(session, user, origin=origin, now=now)
    else:
        issued = open_session(session, requirement, issuer, refresh_tokens, user, origin=origin, now=now)
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    return issued, user


def open_session(
    session: DatabaseSession,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    refresh_tokens: RefreshTokens,
    user: RowMapping,
    *,
    origin: Origin,
    now: datetime,
) -> IssuedTokens:
    """Return the tokens of a new session of ``user``, whose row is locked, without committing."""
    opened = UserSession(
        id=uuid.uuid4().hex,
        user_id=user["id"],
        created_at=now,
        last_used_at=now,
        expires_at=refresh_tokens.expiry(session_began=now, now=now),
        access_expires_at=now + issuer.life,
        address=origin.address,
        user_agent=origin.user_agent,
    )
    session.add(opened)
    session.flush()
    refresh_token = refresh_tokens.first()
    session.add(_stored(refresh_token, opened))
    record(session, actions.SIGNED_IN, origin=origin, user_id=user["id"], actor_id=user["id"], session_id=opened.id)
    return _issued(session, requirement, issuer, opened, user, refresh_token, now=now)


def refresh(
    session: DatabaseSession,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    refresh_tokens: RefreshTokens,
    revocation: AccessTokenRevocation,
    refresh_token: str,
    *,
    origin: Origin,
    now: datetime,
) -> IssuedTokens:
    """Return new tokens for the session that ``refresh_token`` continues; the token is used up.

    For a short grace, while its successor is unused, a used token gives that same successor again: answers get lost,
    and programs refresh in parallel. After it, whoever comes with a used token ends the session, because one of the
    two who had it is not its owner (RFC 9700, section 4.14.2).

    Raises:
        RefreshTokenInvalid, RefreshTokenExpired, RefreshTokenRevoked, RefreshTokenReused: it continues nothing.
    """
    token_hash = hash_of_refresh_token(refresh_token)
    session_id = queries.find_session_id_of_token(session, token_hash)
    if session_id is None:
        raise RefreshTokenInvalid
    # The session is locked before its tokens, as it is when a user is deleted: another order could end in a deadlock.
    continued = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    presented = queries.find_token(session, token_hash)
    if continued is None or presented is None:
        raise RefreshTokenInvalid
    successor = refresh_tokens.successor(refresh_token)
    if presented.used_at is not None:
        if not _is_within_grace(session, presented, successor, refresh_tokens.grace, now):
            _end_for_reuse(session, revocation, continued, origin=origin, now=now)
            raise RefreshTokenReused
        if continued.revoked_at is not None:
            raise RefreshTokenRevoked
    else:
        if continued.revoked_at is not None:
            raise RefreshTokenRevoked
        if presented.expires_at <= now:
            raise RefreshTokenExpired
        presented.used_at = now
        continued.expires_at = refresh_tokens.expiry(session_began=continued.created_at, now=now)
        session.add(_stored(successor, continued))
    continued.last_used_at, continued.address, continued.user_agent = now, origin.address, origin.user_agent
    continued.access_expires_at = max(continued.access_expires_at, now + issuer.life)
    user = users.get_user(session, continued.user_id)
    issued = _issued(session, requirement, issuer, continued, user, successor, now=now)
    session.commit()
    return issued


def end_session(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    *,
    user_id: int,
    session_id: str,
    origin: Origin,
    now: datetime,
) -> None:
    """End one session of a user.

    Raises:
        SessionNotFound: the session has ended already, or is no session of the user.
    """
    ending = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    if ending is None or ending.user_id != user_id or ending.revoked_at is not None:
        raise SessionNotFound
    ending.revoked_at = now
    record(session, actions.SIGNED_OUT, origin=origin, user_id=user_id, details={"session": session_id})
    _commit_revoked(session, revocation, [session_name(session_id)], now=now)


def end_sessions_of_user(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    *,
    user_id: int,
    origin: Origin,
    now: datetime,
    except_session_id: str | None = None,
) -> None:
    """End every session of a user but ``except_session_id``; none may be left to end."""
    ended = end_sessions(
        session, user_id, now=now, longest_life=revocation.longest_life, except_session_id=except_session_id
    )
    scope = "all" if except_session_id is None else "others"
    record(session, actions.SIGNED_OUT, origin=origin, user_id=user_id, details={"sessions": scope})
    _commit_revoked(session, revocation, ended, now=now)


def prune_sessions(session: DatabaseSession, *, keep_ended: timedelta, now: datetime) -> tuple[int, int]:
    """Delete sessions that are over and expired refresh tokens; return the count of each.

    They are kept for ``keep_ended`` after their end, which is at least as long as an access token may live on.
    """
    over = or_(UserSession.expires_at < now - keep_ended, UserSession.revoked_at < now - keep_ended)
    sessions = delete_in_batches(session, UserSession.id, over)
    tokens = delete_in_batches(session, RefreshToken.id, RefreshToken.expires_at < now - keep_ended)
    return sessions, tokens


def _locked_if_still_proven(
    session: DatabaseSession, passwords: Passwords, found: RowMapping, password: str
) -> RowMapping | None:
    """Return the locked user whose password was found right, None when it is right no longer.

    From here on neither password, role nor epoch can change before the session is stored, and a change that was
    quicker is seen: it could not have ended a session that it did not know of.
    """
    renewed_hash = passwords.hash(password) if passwords.is_outdated(found["password_hash"]) else None
    locking = select(*users.PUBLIC_COLUMNS, User.password_hash).where(User.id == found["id"])
    user = session.execute(locking.with_for_update(read=renewed_hash is None)).mappings().one_or_none()
    if user is None:
        return None
    if user["password_hash"] != found["password_hash"]:
        return user if passwords.matches(password, user["password_hash"]) else None
    if renewed_hash is not None:
        # Not a change of the user that anybody can see, so neither version nor time of change move.
        renewal = update(User).where(User.id == user["id"])
        session.execute(
            renewal.values(password_hash=renewed_hash, updated_at=User.updated_at),
            execution_options={"synchronize_session": False},
        )
    return user


def _record_failure(session: DatabaseSession, origin: Origin, user_id: int | None, reason: str) -> None:
    record(session, actions.SIGN_IN_FAILED, origin=origin, user_id=user_id, details={"reason": reason})
    session.commit()


def _issued(
    session: DatabaseSession,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    continued: UserSession,
    user: RowMapping,
    refresh_token: str,
    *,
    now: datetime,
) -> IssuedTokens:
    scopes = requirement.effective_scopes(session, user["id"], user["role"])
    access_token = issuer.issue(
        user_id=user["id"],
        role=user["role"],
        scopes=scopes,
        session_id=continued.id,
        epoch=user["token_epoch"],
        now=now,
    )
    return IssuedTokens(access_token, refresh_token, mfa_enrolment_required=MANAGE_ACCOUNT not in scopes)


def _stored(refresh_token: str, continued: UserSession) -> RefreshToken:
    return RefreshToken(
        token_hash=hash_of_refresh_token(refresh_token), session_id=continued.id, expires_at=continued.expires_at
    )


def _is_within_grace(
    session: DatabaseSession, presented: RefreshToken, successor: str, grace: timedelta, now: datetime
) -> bool:
    """Return whether a used token still gives its ``successor``: soon after its use, and before that one's."""
    if presented.used_at is None or now - presented.used_at > grace:
        return False
    following = queries.find_token(session, hash_of_refresh_token(successor))
    return following is not None and following.used_at is None


def _end_for_reuse(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    continued: UserSession,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    log.warning("refresh_token_reused", session_id=continued.id, user_id=continued.user_id)
    if continued.revoked_at is None:
        continued.revoked_at = now
    record(
        session,
        actions.REFRESH_TOKEN_REUSED,
        origin=origin,
        user_id=continued.user_id,
        session_id=continued.id,
    )
    _commit_revoked(session, revocation, [session_name(continued.id)], now=now)


def _commit_revoked(
    session: DatabaseSession, revocation: AccessTokenRevocation, names: list[str], *, now: datetime
) -> None:
    """Commit, and with it that ``names`` are revoked, before Redis is told."""
    revocation.record(session, names, now=now)
    session.commit()
    revocation.announce(names)
