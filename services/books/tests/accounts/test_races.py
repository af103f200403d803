"""Account events beside each other and beside what customers do, on real commits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, RENAMED, REPEATED, AccountEvent
from books_service.accounts.models import Account
from books_service.books import creators, operations
from books_service.books.contributors import Contributor
from books_service.books.models import Book
from books_service.extensions import db
from servicekit.access_tokens import TokenRevoked
from servicekit.entity_tags import IfMatch


def event(sequence, kind=DELETED, user_id=1, **payload):
    return AccountEvent(f"{sequence:032x}", sequence, user_id, kind, payload, datetime.now(UTC))


def apply(one):
    return accounts.apply_event(db.session, one)


def create(user_id=1, *authors):
    contributors = [Contributor(name) for name in authors]
    return operations.create_book(db.session, user_id, {"title": "T", "authors": contributors}, "reject")


def books_of(app, user_id):
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Book.created_by == user_id))


def test_no_book_of_a_deleted_account_remains_however_creations_and_deletion_meet(app, at_once):
    for user_id in range(1, 13):
        deletion = event(1, user_id=user_id)
        outcomes = at_once(
            lambda deletion=deletion: apply(deletion),
            *[lambda user_id=user_id, n=n: create(user_id, f"Author {n % 2}") for n in range(4)],
        )

        assert outcomes[0] == APPLIED
        assert all(isinstance(one, (operations.Saved, TokenRevoked)) for one in outcomes[1:]), outcomes
        assert books_of(app, user_id) == 0


@pytest.mark.parametrize("known", [True, False])
def test_book_that_is_stored_but_not_committed_is_waited_for(app, truncated, monkeypatch, known):
    """The hole that a mere look at the account would leave, whether or not there is anything to look at."""
    stored, go_on = threading.Event(), threading.Event()

    def wait(*_):
        stored.set()
        assert go_on.wait(timeout=10)

    monkeypatch.setattr(operations, "_insert_contributors", wait)

    def in_context(function):
        with app.app_context():
            return function()

    if known:
        in_context(lambda: apply(event(1, RENAMED, display_name="Ada")))
    with ThreadPoolExecutor(2) as pool:
        creation = pool.submit(in_context, create)
        assert stored.wait(timeout=10)
        deletion = pool.submit(in_context, lambda: apply(event(2)))
        wait_for_a_lock(app)
        assert not deletion.done()
        go_on.set()
        assert isinstance(creation.result(timeout=10), operations.Saved)
        assert deletion.result(timeout=10) == APPLIED

    assert books_of(app, 1) == 0


def wait_for_a_lock(app):
    """Return when some statement waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 10
    with app.app_context():
        while not db.session.scalar(waiting):
            assert time.monotonic() < deadline
            db.session.rollback()


def test_one_event_at_once_is_applied_once(app, at_once):
    for sequence in range(1, 9):
        outcomes = at_once(*[lambda sequence=sequence: apply(event(sequence, RENAMED, display_name="A"))] * 4)

        assert sorted(outcomes) == [APPLIED] + [REPEATED] * 3
    with app.app_context():
        account = db.session.get(Account, 1)
        assert (account.last_sequence, account.display_name) == (8, "A")


def test_first_books_of_an_account_at_once_all_succeed(app, at_once):
    for user_id in range(1, 6):
        saved = at_once(*[lambda user_id=user_id: create(user_id)] * 4)

        assert all(isinstance(one, operations.Saved) for one in saved), saved
        assert books_of(app, user_id) == 4


def test_deletion_beside_changes_of_its_books_never_deadlocks(app, at_once, make_lasting_book, monkeypatch):
    monkeypatch.setattr(creators, "BOOKS_AT_ONCE", 2)
    for user_id in range(1, 9):
        ids = [make_lasting_book(f"T{n}", "Ann", user_id=user_id) for n in range(6)]
        deletion = event(1, user_id=user_id)

        def change(book_id):
            return operations.update_book(
                db.session, 101, {"books:curate"}, book_id, {"year": 1843}, "reject", if_match=IfMatch()
            )

        outcomes = at_once(
            lambda deletion=deletion: apply(deletion),
            *[lambda book_id=book_id: change(book_id) for book_id in ids[::-2]],
            lambda book_id=ids[0]: operations.delete_book(db.session, 100, book_id, if_match=IfMatch()),
        )

        assert outcomes[0] == APPLIED, outcomes
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
        assert books_of(app, user_id) == 0
