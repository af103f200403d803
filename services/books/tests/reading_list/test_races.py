"""Reading lists changed at once, on real commits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import ETags

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.books import operations as books
from books_service.books.errors import BookNotFound
from books_service.extensions import db
from books_service.reading_list import operations, readers
from books_service.reading_list.errors import BookAlreadyListed, EntryNotFound
from books_service.reading_list.models import ReadingListEntry
from servicekit.access_tokens import TokenRevoked
from servicekit.entity_tags import IfMatch, PreconditionFailed
from servicekit.envelope import ValidationFailed

EXPECTED = (int, type(None), str, BookAlreadyListed, BookNotFound, EntryNotFound, TokenRevoked)


def create(book_id, user_id):
    return lambda: operations.create_entry(db.session, user_id, {"book_id": book_id})


def change(entry_id, user_id, tag=None, **values):
    if_match = IfMatch(ETags([tag]) if tag else None)
    return lambda: operations.update_entry(db.session, user_id, entry_id, values, if_match=if_match)


def remove(entry_id, user_id):
    return lambda: operations.delete_entry(db.session, user_id, entry_id, if_match=IfMatch())


def remove_book(book_id):
    return lambda: books.delete_book(db.session, 1, book_id, if_match=IfMatch())


def forget(user_id):
    event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
    return lambda: accounts.apply_event(db.session, event)


@pytest.fixture(name="made")
def _made(app):
    """Runs functions one after the other and returns their results."""

    def run(*functions):
        with app.app_context():
            return [function() for function in functions]

    return run


def test_one_member_at_once_lists_a_book_once(at_once, make_lasting_book):
    book_id = make_lasting_book("T")

    kinds = [type(outcome) for outcome in at_once(*[create(book_id, 1)] * 5)]

    assert (kinds.count(int), kinds.count(BookAlreadyListed)) == (1, 4), kinds


def test_one_of_several_editors_with_the_same_tag_wins(at_once, made, make_lasting_book):
    (entry_id,) = made(create(make_lasting_book("T"), 1))

    outcomes = at_once(*[change(entry_id, 1, "1", note=str(number)) for number in range(4)])

    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(type(None)), kinds.count(PreconditionFailed)) == (1, 3), outcomes


def test_days_that_contradict_each_other_are_never_both_stored(at_once, made, make_lasting_book):
    for _ in range(4):
        (entry_id,) = made(create(make_lasting_book("T"), 1))

        outcomes = at_once(
            change(entry_id, 1, started_on=date(2026, 2, 1)), change(entry_id, 1, finished_on=date(2026, 1, 1))
        )

        assert {type(outcome) for outcome in outcomes} == {type(None), ValidationFailed}, outcomes


def test_accounts_and_books_that_are_deleted_at_once_never_deadlock(app, at_once, made, make_lasting_book, monkeypatch):
    monkeypatch.setattr(readers, "BOOKS_AT_ONCE", 3)
    for turn in range(4):
        ada, bob = 100 + turn, 200 + turn
        ids = [make_lasting_book(f"T{number}", user_id=1) for number in range(6)]
        # In opposite orders, so that whoever walks entries meets the other.
        of_ada = made(*[create(book_id, ada) for book_id in ids[:5]])
        of_bob = made(*[create(book_id, bob) for book_id in reversed(ids)])

        outcomes = at_once(
            forget(ada),
            forget(bob),
            remove_book(ids[0]),
            remove_book(ids[4]),
            create(ids[5], ada),
            change(of_ada[2], ada, finished=True),
            remove(of_bob[0], bob),
        )

        assert outcomes[:2] == [APPLIED, APPLIED], outcomes
        assert not [one for one in outcomes if not isinstance(one, EXPECTED)], outcomes
        with app.app_context():
            left = select(func.count()).where(ReadingListEntry.user_id.in_([ada, bob]))
            assert db.session.scalar(left) == 0
