"""Changes, deletions, restorations and the ends of accounts at once, on real commits."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from books_service.accounts import operations as accounts
from books_service.accounts.events import DELETED, AccountEvent
from books_service.authors import operations as author_operations
from books_service.books import operations as books
from books_service.books.errors import BookNotFound
from books_service.books.models import Book, BookAuthor
from books_service.extensions import db
from books_service.history import operations
from books_service.history.errors import NotDeleted
from books_service.history.models import DeletedRow, Deletion, Revision
from books_service.reading_list import operations as reading_list
from books_service.reading_list.models import ReadingListEntry
from books_service.reviews import operations as reviews
from books_service.reviews.models import Review
from servicekit.access_tokens import TokenRevoked
from servicekit.entity_tags import IfMatch

ADMIN = 4


@pytest.fixture(name="scalar")
def _scalar(app):
    def read(statement):
        with app.app_context():
            return db.session.scalar(statement)

    return read


def delete(book_id):
    return lambda: books.delete_book(db.session, ADMIN, book_id, if_match=IfMatch())


def restore(book_id):
    return lambda: operations.restore_book(db.session, ADMIN, book_id)


def update(book_id, **values):
    return lambda: books.update_book(db.session, 1, set(), book_id, values, "reject", if_match=IfMatch())


def test_every_version_of_changes_at_once_is_kept_once(at_once, make_lasting_book, scalar):
    book_id = make_lasting_book("T", "Ann 0")
    author_id = scalar(select(BookAuthor.author_id))
    years = itertools.count(1)
    for turn in range(1, 6):
        outcomes = at_once(
            *[update(book_id, year=next(years)) for _ in range(3)],
            lambda turn=turn: author_operations.update_author(
                db.session, 3, author_id, {"name": f"Ann {turn}"}, if_match=IfMatch()
            ),
            lambda: operations.revert_book(db.session, 1, set(), book_id, 1, if_match=IfMatch()),
        )
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes

    version = scalar(select(Book.version).where(Book.id == book_id))
    assert version >= 21
    numbers = select(func.array_agg(Revision.number.distinct())).where(Revision.entity == "book")
    assert sorted(scalar(numbers)) == list(range(1, version))


def test_deletion_is_undone_once_however_many_want_it(at_once, make_lasting_book, scalar):
    for _ in range(5):
        book_id = make_lasting_book("T", "Ann")
        assert at_once(delete(book_id)) == [None]

        outcomes = at_once(*[restore(book_id)] * 4)

        assert [type(one) for one in outcomes if one is not None] == [NotDeleted] * 3, outcomes
        assert scalar(select(Book.version).where(Book.id == book_id)) == 3


def test_changes_beside_deletion_and_restoration_are_made_or_not_found(at_once, make_lasting_book, scalar):
    book_id = make_lasting_book("T", "Ann")
    for turn in range(8):
        outcomes = at_once(
            delete(book_id),
            restore(book_id),
            update(book_id, year=turn),
            lambda: reviews.create_review(db.session, 1, book_id, {"rating": 5}),
        )
        known = (BookNotFound, NotDeleted, reviews.BookAlreadyReviewed)
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, known)], outcomes
    at_once(restore(book_id))

    kept = select(func.count()).where(Revision.entity == "book", Revision.entity_id == book_id).scalar_subquery()
    assert scalar(select(Book.version == 1 + kept).where(Book.id == book_id))
    figures = select(Book.reviews_count, Book.reviews_sum).where(Book.id == book_id).subquery()
    assert scalar(select(figures.c.reviews_count == select(func.count(Review.id)).scalar_subquery()))


def test_nothing_of_an_ended_account_remains_or_comes_back(at_once, make_lasting_book, scalar):
    for user_id in range(10, 20):
        book_id = make_lasting_book("T", "Ann")
        at_once(
            lambda user_id=user_id, book_id=book_id: reviews.create_review(db.session, user_id, book_id, {"rating": 5}),
            lambda user_id=user_id, book_id=book_id: reading_list.create_entry(
                db.session, user_id, {"book_id": book_id}
            ),
        )
        event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
        if user_id % 2:
            at_once(delete(book_id))

        outcomes = at_once(
            lambda event=event: accounts.apply_event(db.session, event),
            restore(book_id) if user_id % 2 else delete(book_id),
            lambda user_id=user_id, book_id=book_id: books.update_book(
                db.session, user_id, {"books:curate"}, book_id, {"year": 1}, "reject", if_match=IfMatch()
            ),
        )

        known = (BookNotFound, TokenRevoked)
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, known)], outcomes
        for named in (
            Review.user_id,
            ReadingListEntry.user_id,
            DeletedRow.user_id,
            Revision.changed_by,
            Book.changed_by,
            Deletion.deleted_by,
        ):
            assert scalar(select(func.count()).where(named == user_id)) == 0, named
