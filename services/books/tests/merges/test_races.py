"""Merges and changes of the same authors at once, on real commits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.authors import operations as authors
from books_service.authors.errors import AuthorNotFound
from books_service.books import operations as books
from books_service.books.contributors import Contributor
from books_service.books.models import Book, BookAuthor
from books_service.extensions import db
from books_service.merges import operations
from books_service.merges.errors import MergeAlreadyUndone
from books_service.merges.models import Merge
from servicekit.access_tokens import TokenRevoked
from servicekit.envelope import ValidationFailed


@pytest.fixture(name="add")
def _add(app, truncated):
    def add(name):
        with app.app_context():
            return authors.create_author(db.session, 1, {"name": name})

    return add


def merge(source_id, into_id, user_id=3):
    return lambda: operations.merge_author(db.session, user_id, source_id, into_id)


def book(*names):
    values = {"title": "T", "authors": [Contributor(name) for name in names]}
    return lambda: books.create_book(db.session, 1, dict(values), "reject")


def test_merges_of_two_into_each_other_are_one_merge(at_once, add):
    for turn in range(6):
        one, other = add(f"A{turn}"), add(f"B{turn}")

        outcomes = at_once(merge(one, other), merge(other, one))

        refused = [outcome for outcome in outcomes if not isinstance(outcome, int)]
        assert [isinstance(outcome, AuthorNotFound | ValidationFailed) for outcome in refused] == [True]


def test_books_written_during_a_merge_name_the_author_that_stays(app, at_once, add):
    for turn in range(6):
        one, other = add(f"A{turn}"), add(f"B{turn}")

        outcomes = at_once(merge(one, other), *[book(f"A{turn}", "Ann")] * 3, book(f"B{turn}"))

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
        with app.app_context():
            named = select(func.count()).select_from(BookAuthor).where(BookAuthor.author_id == other)
            assert db.session.scalar(named) == 4
            shown = select(Book.author).join(BookAuthor, BookAuthor.book_id == Book.id).distinct()
            found = set(db.session.scalars(shown.where(BookAuthor.author_id == other)))
            assert found == {f"B{turn}", f"B{turn}, Ann"}


def test_merge_undone_twice_at_once_is_undone_once(app, at_once, add):
    one, other = add("A"), add("B")
    with app.app_context():
        merge_id = merge(one, other)()

    outcomes = at_once(*[lambda: operations.undo_merge(db.session, 3, merge_id)] * 3)

    assert [type(outcome) for outcome in outcomes if outcome] == [MergeAlreadyUndone] * 2


def test_end_of_an_account_is_the_end_of_its_name_in_merges(app, at_once, add):
    event = AccountEvent("0" * 32, 1, 3, DELETED, {}, datetime.now(UTC))
    ids = [add(name) for name in "ABCDEF"]

    outcomes = at_once(
        lambda: accounts.apply_event(db.session, event), *[merge(source, ids[-1]) for source in ids[:-1]]
    )

    assert outcomes[0] == APPLIED
    assert not [one for one in outcomes[1:] if not isinstance(one, int | TokenRevoked)], outcomes
    with app.app_context():
        assert set(db.session.scalars(select(Merge.merged_by))) <= {None}
