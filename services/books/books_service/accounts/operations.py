"""Taking over what happened to accounts.

**A feature that stores something of an account** adds a function to ``FORGETTING`` that says what the deletion of the
account means for it, and calls ``presence.hold_account`` first in every transaction that stores it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from books_service.accounts.events import APPLIED, DELETED, DISABLED, ENABLED, REPEATED, UNFINISHED, AccountEvent
from books_service.accounts.models import Account
from books_service.accounts.presence import locked_account
from books_service.books.creators import forget_creator
from books_service.history.forgetting import forget_changes
from books_service.idempotency.kept_answers import forget_kept_answers
from books_service.merges.curators import forget_curator
from books_service.merges.rows import forget_owner
from books_service.reading_list.readers import forget_reader
from books_service.reviews.reviewers import forget_reviewer
from servicekit.database import DatabaseSession

log = structlog.get_logger(__name__)

# Each gives up a bounded part of what it has of the user, without committing, and returns whether there was nothing. So
# no transaction does the work of two features, whose locks together would be in no order.
Forget = Callable[[DatabaseSession, int], bool]
# What is remembered of changes comes last: all the others may make some.
FORGETTING: tuple[Forget, ...] = (
    forget_kept_answers,
    forget_creator,
    forget_reviewer,
    forget_reader,
    forget_owner,
    forget_curator,
    forget_changes,
)

# Shorter than the sender waits for an answer, by more than one batch takes.
SECONDS_A_CALL = 1.0


def apply_event(session: DatabaseSession, event: AccountEvent) -> str:
    """Take over ``event`` and return APPLIED, REPEATED when that was done before, or UNFINISHED.

    The sender sends the next event of an account only when the one before is done, so an event whose sequence is not
    above the last one applied is a repetition, however late it comes; it changes nothing. UNFINISHED asks for the same
    event once more: a deletion that means much work is done in several transactions, the first of which already keeps
    the account from storing anything.

    Each transaction holds the row of the account. The sequence is stored with the last of them.
    """
    give_up_at = time.monotonic() + SECONDS_A_CALL
    while True:
        account = locked_account(session, event.user_id)
        if event.sequence <= account.last_sequence:
            session.rollback()
            return REPEATED
        finished = _apply(session, account, event)
        if finished:
            account.last_sequence = event.sequence
        session.commit()
        if finished:
            log.info("account_event_applied", event_id=event.event_id, kind=event.kind, user_id=event.user_id)
            return APPLIED
        if time.monotonic() >= give_up_at:
            return UNFINISHED


def _apply(session: DatabaseSession, account: Account, event: AccountEvent) -> bool:
    """Do what ``event`` means and return whether that is all of it."""
    if event.kind == DELETED:
        account.display_name, account.deleted_at = None, event.occurred_at
        return all(forget(session, event.user_id) for forget in FORGETTING)
    if account.deleted_at is not None:
        return True
    if event.kind in (DISABLED, ENABLED):
        account.disabled = event.kind == DISABLED
    else:
        account.display_name = event.payload["display_name"]
    return True
