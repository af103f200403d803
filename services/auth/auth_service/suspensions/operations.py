"""What keeps somebody out, and lets somebody in again."""

from __future__ import annotations

from datetime import datetime

import structlog

from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.outbox.kinds import ACCOUNT_DISABLED, ACCOUNT_ENABLED
from auth_service.outbox.recording import record_event
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.ending import end_sessions
from auth_service.users.epochs import end_epoch
from auth_service.users.locking import keep_an_admin, locked_user
from auth_service.users.models import User
from servicekit.database import DatabaseSession

log = structlog.get_logger(__name__)


def disable_user(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    user_id: int,
    *,
    reason: str | None,
    origin: Origin,
    now: datetime,
) -> None:
    """Refuse a user everywhere from now on: no sign-in, no refresh, no access token, be it that of an API key.

    Nothing happens to somebody who is disabled already.

    Raises:
        UserNotFound: there is no such user.
        LastAdmin: nobody else could administer.
    """
    user = locked_user(session, user_id)
    if user.disabled_at is not None:
        return
    keep_an_admin(session, user)
    user.disabled_at = now
    revoked = _end_everything(session, revocation, user, now=now)
    record(session, actions.USER_DISABLED, origin=origin, user_id=user_id, details=_told(reason))
    record_event(session, ACCOUNT_DISABLED, origin=origin, user_id=user_id)
    session.commit()
    log.info("user_disabled", user_id=user_id)
    revocation.announce(revoked)


def enable_user(session: DatabaseSession, user_id: int, *, reason: str | None, origin: Origin) -> None:
    """Let a user sign in again; what was ended stays ended, but for API keys, which count again.

    Nothing happens to somebody who is enabled already.

    Raises:
        UserNotFound: there is no such user.
    """
    user = locked_user(session, user_id)
    if user.disabled_at is None:
        return
    user.disabled_at = None
    record(session, actions.USER_ENABLED, origin=origin, user_id=user_id, details=_told(reason))
    record_event(session, ACCOUNT_ENABLED, origin=origin, user_id=user_id)
    session.commit()
    log.info("user_enabled", user_id=user_id)


def end_all_sessions(
    session: DatabaseSession, revocation: AccessTokenRevocation, user_id: int, *, origin: Origin, now: datetime
) -> None:
    """End every session of a user and every access token; signing in anew is left to them.

    Raises:
        UserNotFound: there is no such user.
    """
    user = locked_user(session, user_id)
    revoked = _end_everything(session, revocation, user, now=now)
    record(session, actions.SESSIONS_ENDED, origin=origin, user_id=user_id)
    session.commit()
    revocation.announce(revoked)


def _end_everything(
    session: DatabaseSession, revocation: AccessTokenRevocation, user: User, *, now: datetime
) -> list[str]:
    """End sessions and epoch without committing; return what is to be announced."""
    # The epoch first: what is sent next writes the user, once with all that changes.
    revoked = [end_epoch(user)]
    revoked += end_sessions(session, user.id, now=now, longest_life=revocation.longest_life)
    revocation.record(session, revoked, now=now)
    return revoked


def _told(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}
