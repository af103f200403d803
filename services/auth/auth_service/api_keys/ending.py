"""Ending the API keys of a user in the database; what follows in Redis comes after the commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from auth_service.api_keys.models import ApiKey
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from servicekit.database import DatabaseSession
from servicekit.revocation import session_name


def revoke_keys(
    session: DatabaseSession, user_id: int, *, origin: Origin, actor_id: int | None = None, now: datetime
) -> list[str]:
    """Revoke every key of a user, whose row is locked, without committing.

    Returns the names under which the access tokens that may still be alive are to be revoked.
    """
    live = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    locking = live.with_for_update().execution_options(populate_existing=True)
    keys = session.scalars(locking).all()
    for key in keys:
        key.revoked_at = now
        about = {"api_key": key.id, "name": key.name}
        record(session, actions.API_KEY_REVOKED, origin=origin, user_id=user_id, actor_id=actor_id, details=about)
    session.flush()
    return [session_name(key.id) for key in keys]
