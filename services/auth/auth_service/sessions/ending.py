"""Ending the sessions of a user in the database; what follows in Redis comes after the commit."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from auth_service.mfa.challenges import void_challenges
from auth_service.sessions.models import UserSession
from servicekit.database import DatabaseSession
from servicekit.revocation import session_name


def end_sessions(
    session: DatabaseSession,
    user_id: int,
    *,
    now: datetime,
    longest_life: timedelta,
    except_session_id: str | None = None,
) -> list[str]:
    """Mark the sessions of a user as ended, and sign-ins that wait for a second factor, without committing.

    Returns the names under which the access tokens that may still be alive are to be revoked.
    """
    void_challenges(session, user_id, now=now)
    ending = (
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now, version=UserSession.version + 1)
        .returning(UserSession.id, UserSession.last_used_at)
        .execution_options(synchronize_session=False)
    )
    if except_session_id is not None:
        ending = ending.where(UserSession.id != except_session_id)
    return [session_name(row.id) for row in session.execute(ending) if row.last_used_at > now - longest_life]
