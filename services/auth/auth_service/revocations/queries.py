"""What is read of revocations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from auth_service.revocations.models import Revocation
from servicekit.database import DatabaseSession


def list_live(session: DatabaseSession, *, now: datetime) -> list[tuple[str, int]]:
    """Return the name of every revocation that still matters and the whole seconds, rounded up, that it does."""
    query = select(Revocation.name, Revocation.expires_at).where(Revocation.expires_at > now)
    return [(name, int((expires_at - now).total_seconds()) + 1) for name, expires_at in session.execute(query)]
