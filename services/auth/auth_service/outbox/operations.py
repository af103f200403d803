"""Delivering account events, at least once each and those of one account in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, exists
from sqlalchemy.orm import aliased

from auth_service.outbox.models import AccountEvent
from auth_service.outbox.transport import AWAY, DELIVERED, REFUSED, UNFINISHED, BooksTransport, Outcome
from servicekit.database import DatabaseSession
from servicekit.pruning import delete_in_batches
from servicekit.work_queue import claim_due, finish, postpone, retry_delay

log = structlog.get_logger(__name__)

EVENTS_A_ROUND = 100
# Few enough to leave the receiver's threads to its customers.
EVENTS_AT_ONCE = 4
# A worker that shall end has 20 s, and its heartbeat comes with the end of a round.
ROUND_LASTS_AT_MOST = timedelta(seconds=10)
# Longer than all waits of one event together; those that are claimed together are sent at the same time.
LEASE = timedelta(seconds=30)
FIRST_DELAY = timedelta(seconds=1)
MOST_DELAY_WHEN_AWAY = timedelta(seconds=15)
MOST_DELAY_WHEN_REFUSED = timedelta(seconds=300)
KEPT_WHEN_DELIVERED = timedelta(days=7)

Clock = Callable[[], datetime]

_earlier = aliased(AccountEvent)
# Nobody claims an event before the one before it is done, whatever becomes of leases.
OLDEST_OF_ITS_ACCOUNT = ~exists().where(
    _earlier.user_id == AccountEvent.user_id, _earlier.id < AccountEvent.id, _earlier.done_at.is_(None)
)


def deliver_due_events(session: DatabaseSession, books: BooksTransport, *, clock: Clock) -> bool:
    """Send the events that are due, a few accounts at a time; return whether there may be more to do at once.

    Each is claimed and committed before it is sent, and settled and committed afterwards. Whoever is killed in between
    leaves an event that is sent once more when the lease runs out. A receiver that takes none ends the round.
    """
    round_ends_at = clock() + ROUND_LASTS_AT_MOST
    sent = 0
    while sent < EVENTS_A_ROUND and clock() < round_ends_at:
        events = claim_due(session, AccountEvent, OLDEST_OF_ITS_ACCOUNT, now=clock(), lease=LEASE, limit=EVENTS_AT_ONCE)
        session.commit()
        if not events:
            return False
        outcomes = books.send(events)
        now = clock()
        for event, outcome in zip(events, outcomes, strict=True):
            _settle(session, event, outcome, now=now)
        session.commit()
        if all(outcome.kind == AWAY for outcome in outcomes):
            log.warning("account_events_wait", reason=outcomes[0].reason)
            return False
        sent += len(events)
    return True


def prune_events(session: DatabaseSession, *, now: datetime) -> int:
    """Delete the events that were delivered some time ago and return how many; what is not delivered stays."""
    return delete_in_batches(session, AccountEvent.id, AccountEvent.done_at < now - KEPT_WHEN_DELIVERED)


def _settle(session: DatabaseSession, event: Row[Any], outcome: Outcome, *, now: datetime) -> None:
    facts = {"event_id": event.event_id, "kind": event.kind, "user_id": event.user_id, "attempts": event.attempts}
    if outcome.kind == DELIVERED:
        finish(session, AccountEvent, event, now=now, payload={})
        log.info("account_event_delivered", **facts)
        return
    delay = timedelta(0)
    if outcome.kind != UNFINISHED:
        most = MOST_DELAY_WHEN_REFUSED if outcome.kind == REFUSED else MOST_DELAY_WHEN_AWAY
        delay = retry_delay(event.attempts, first=FIRST_DELAY, most=most)
    postpone(session, AccountEvent, event, now=now, delay=delay, error=f"{outcome.kind}: {outcome.reason}")
    if outcome.kind == REFUSED:
        # Sent again all the same: an upgrade of the receiver may be what it waits for, and no event may be lost.
        log.error(
            "account_event_refused", reason=outcome.reason, again_in_seconds=round(delay.total_seconds()), **facts
        )
