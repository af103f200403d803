"""Keeping the revocation set of Redis equal to what the database knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete

from auth_service.revocations import queries
from auth_service.revocations.models import Revocation
from servicekit.database import DatabaseSession
from servicekit.revocation import RevocationSet

# Several rounds of the reconciler: one that is late does not make every service uncertain.
SENTINEL_LIFE_SECONDS = 60
# A service whose clock is behind may still ask for one that is over here.
KEPT_AFTER_END = timedelta(minutes=5)


def reconcile(session: DatabaseSession, revocations: RevocationSet, *, now: datetime) -> int:
    """Tell Redis every live revocation anew and that it knows them all; return how many.

    A Redis that was emptied, restarted or away when something was revoked knows it again after this.

    Raises:
        redis.RedisError: Redis could not be told everything; it is then not told that it knows all.
    """
    told = 0

    def live() -> Iterator[tuple[str, int]]:
        # Read once Redis is marked: what is committed later is announced to the same Redis.
        nonlocal told
        found = queries.list_live(session, now=now)
        session.rollback()
        told = len(found)
        yield from found

    revocations.assert_live(live(), SENTINEL_LIFE_SECONDS)
    return told


def prune_revocations(session: DatabaseSession, *, now: datetime) -> None:
    """Delete the revocations that no token can be met by any more."""
    session.execute(
        delete(Revocation).where(Revocation.expires_at < now - KEPT_AFTER_END),
        execution_options={"synchronize_session": False},
    )
    session.commit()
