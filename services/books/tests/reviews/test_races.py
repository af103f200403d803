"""Reviews written, changed and deleted at once, on real commits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import ETags

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.books import operations as books
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.extensions import db
from books_service.reviews import operations, reviewers
from books_service.reviews.errors import BookAlreadyReviewed, ReviewNotFound
from books_service.reviews.models import Review
from servicekit.access_tokens import TokenRevoked
from servicekit.entity_tags import IfMatch, PreconditionFailed

EXPECTED = (int, type(None), str, BookAlreadyReviewed, BookNotFound, ReviewNotFound, TokenRevoked)


def create(book_id, user_id, rating=3):
    return lambda: operations.create_review(db.session, user_id, book_id, {"rating": rating})


def change(review_id, user_id, rating, tag=None):
    if_match = IfMatch(ETags([tag]) if tag else None)
    return lambda: operations.update_review(db.session, user_id, review_id, {"rating": rating}, if_match=if_match)


def remove(review_id, user_id):
    return lambda: operations.delete_review(db.session, user_id, set(), review_id, if_match=IfMatch())


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


@pytest.fixture(name="assert_true_figures")
def _assert_true_figures(app):
    """Fails unless every book shows what its reviews add up to."""

    def check():
        shown = select(Book.id, Book.reviews_count, Book.reviews_sum).order_by(Book.id)
        counted = (
            select(Book.id, func.count(Review.id), func.coalesce(func.sum(Review.rating), 0))
            .outerjoin(Review, Review.book_id == Book.id)
            .group_by(Book.id)
            .order_by(Book.id)
        )
        with app.app_context():
            assert db.session.execute(shown).all() == db.session.execute(counted).all()

    return check


def test_one_member_at_once_reviews_a_book_once(at_once, make_lasting_book, assert_true_figures):
    book_id = make_lasting_book("T")

    outcomes = at_once(*[create(book_id, 1, rating) for rating in (1, 2, 3, 4, 5)])

    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(int), kinds.count(BookAlreadyReviewed)) == (1, 4), outcomes
    assert_true_figures()


def test_figures_stay_true_while_many_members_write_at_once(at_once, made, make_lasting_book, assert_true_figures):
    book_id = make_lasting_book("T")
    changed, removed = made(create(book_id, 1), create(book_id, 2))

    for turn in range(4):
        outcomes = at_once(
            *[create(book_id, user_id, 1 + user_id % 5) for user_id in range(10 * (turn + 1), 10 * (turn + 1) + 6)],
            change(changed, 1, 1 + turn),
            change(changed, 1, 5),
            remove(removed, 2),
        )
        assert not [one for one in outcomes if not isinstance(one, EXPECTED)], outcomes
    assert_true_figures()


def test_one_of_several_editors_with_the_same_tag_wins(at_once, made, make_lasting_book, assert_true_figures):
    book_id = make_lasting_book("T")
    (review_id,) = made(create(book_id, 1, 3))

    outcomes = at_once(*[change(review_id, 1, rating, "1") for rating in (1, 2, 4, 5)])

    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(type(None)), kinds.count(PreconditionFailed)) == (1, 3), outcomes
    assert_true_figures()


def test_book_that_is_deleted_beside_its_reviews_never_deadlocks(at_once, made, make_lasting_book, assert_true_figures):
    for _ in range(6):
        book_id = make_lasting_book("T")
        ids = made(*[create(book_id, user_id) for user_id in (1, 2, 3)])

        outcomes = at_once(
            lambda book_id=book_id: books.delete_book(db.session, 100, book_id, if_match=IfMatch()),
            create(book_id, 4),
            change(ids[0], 1, 5),
            remove(ids[1], 2),
            change(ids[2], 3, 1),
        )
        assert not [one for one in outcomes if not isinstance(one, EXPECTED)], outcomes
    assert_true_figures()


def test_account_that_is_deleted_beside_everything_leaves_no_review_and_true_figures(
    app, at_once, made, make_lasting_book, assert_true_figures, monkeypatch
):
    monkeypatch.setattr(reviewers, "BOOKS_AT_ONCE", 2)
    for user_id in range(11, 17):
        ids = [make_lasting_book(f"T{number}", "Ann", user_id=user_id if number % 2 else 1) for number in range(6)]
        own = made(*[create(book_id, user_id) for book_id in ids[:4]])

        outcomes = at_once(
            forget(user_id),
            create(ids[5], user_id),
            create(ids[0], 2),
            change(own[3], user_id, 5),
            remove(own[0], user_id),
            lambda book_id=ids[2]: books.delete_book(db.session, 100, book_id, if_match=IfMatch()),
        )
        assert outcomes[0] == APPLIED, outcomes
        assert not [one for one in outcomes if not isinstance(one, EXPECTED)], outcomes
        with app.app_context():
            assert db.session.scalar(select(func.count()).where(Review.user_id == user_id)) == 0
    assert_true_figures()
