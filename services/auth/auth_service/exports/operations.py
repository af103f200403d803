"""What an export leaves behind."""

from __future__ import annotations

from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from servicekit.database import DatabaseSession


def record_export(session: DatabaseSession, user_id: int, *, origin: Origin) -> None:
    """Record that a user was given everything that is held about them."""
    record(session, actions.ACCOUNT_EXPORTED, origin=origin, user_id=user_id)
    session.commit()
