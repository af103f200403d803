"""Changing reviews. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from books_service.accounts.presence import hold_account
from books_service.books.errors import BookNotFound
from books_service.reviews import queries
from books_service.reviews.errors import BookAlreadyReviewed, NotYourReview
from books_service.reviews.figures import add_to_figures, lock_book_of_review
from books_service.reviews.models import Review
from servicekit.database import BeforeCommit, DatabaseSession, constraint_errors, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate

MODERATE = "books:admin"


def create_review(
    session: DatabaseSession,
    user_id: int,
    book_id: int,
    values: dict[str, Any],
    *,
    before_commit: BeforeCommit[int] = just_commit,
) -> int:
    """Store what ``user_id`` thinks of a book and return the id of the review.

    Raises:
        BookNotFound: when there is no such book.
        BookAlreadyReviewed: when the user has a review of it.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    if not add_to_figures(session, book_id, count=1, rating=values["rating"]):
        raise BookNotFound
    review = Review(book_id=book_id, user_id=user_id, **values)
    session.add(review)
    with constraint_errors({"uq_reviews_book_id_user_id": BookAlreadyReviewed}):
        session.flush()
    review_id = review.id
    before_commit(review_id)
    session.commit()
    return review_id


def update_review(
    session: DatabaseSession, user_id: int, review_id: int, values: dict[str, Any], *, if_match: IfMatch
) -> None:
    """Change the members of a review that ``values`` holds; None clears one. What stays the same makes no new version.

    Raises:
        NothingToUpdate: ``values`` is empty.
        ReviewNotFound: when there is no such review.
        NotYourReview: when somebody else wrote it.
        PreconditionFailed: ``if_match`` names another version of the review.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    if queries.get_reviewer(session, review_id) != user_id:
        raise NotYourReview
    if not values:
        raise NothingToUpdate
    hold_account(session, user_id)
    review = _locked(session, review_id)
    if_match.check(review.version)
    book_id, more = review.book_id, values.get("rating", review.rating) - review.rating
    for name, value in values.items():
        setattr(review, name, value)
    session.flush()
    if more:
        add_to_figures(session, book_id, count=0, rating=more)
    session.commit()


def delete_review(
    session: DatabaseSession, user_id: int, scopes: Collection[str], review_id: int, *, if_match: IfMatch
) -> None:
    """Remove a review of one's own, or with ``MODERATE`` among ``scopes`` anybody's.

    Raises:
        ReviewNotFound: when there is no such review.
        NotYourReview: when somebody else wrote it.
        PreconditionFailed: ``if_match`` names another version of the review.
    """
    if queries.get_reviewer(session, review_id) != user_id and MODERATE not in scopes:
        raise NotYourReview
    review = _locked(session, review_id)
    if_match.check(review.version)
    book_id, rating = review.book_id, review.rating
    session.delete(review)
    session.flush()
    add_to_figures(session, book_id, count=-1, rating=-rating)
    session.commit()


def _locked(session: DatabaseSession, review_id: int) -> Review:
    """Return a review, locked after its book: deleting and merging books lock in that order, too.

    Raises:
        ReviewNotFound: when there is no such review any more.
    """
    while True:
        book_id = lock_book_of_review(session, review_id)
        # Only while it is at that book: merges give reviews to other books.
        of_book = select(Review).where(Review.id == review_id, Review.book_id == book_id).with_for_update()
        review = session.execute(of_book.execution_options(populate_existing=True)).scalar_one_or_none()
        if review is not None:
            return review
        queries.get_reviewer(session, review_id)
