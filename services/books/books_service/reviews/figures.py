"""How many reviews a book has and what they add up to, true at every moment.

Whoever changes reviews locks their books first, in the order of their ids, and changes the figures in the same
transaction. The figures are no part of what editors of a book write, so they make no new version of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select, tuple_, update

from books_service.books.models import Book
from books_service.reviews.models import Review
from servicekit.database import DatabaseSession


def add_to_figures(session: DatabaseSession, book_id: int, *, count: int, rating: int) -> bool:
    """Add to the figures of a book, which stays locked until the transaction ends; return whether there is one."""
    table = Book.__table__
    changed: Any = session.execute(
        update(table)
        .where(table.c.id == book_id)
        .values(
            reviews_count=table.c.reviews_count + count,
            reviews_sum=table.c.reviews_sum + rating,
            # Or it would be set to now.
            updated_at=table.c.updated_at,
        )
    )
    return bool(changed.rowcount)


def figures_of(session: DatabaseSession, book_id: int, *, without: Select[Any] | None = None) -> dict[str, int]:
    """Return the figures that a book, which is locked, has by its reviews, but for those with the ids ``without``."""
    counted = select(func.count(), func.coalesce(func.sum(Review.rating), 0)).where(Review.book_id == book_id)
    if without is not None:
        counted = counted.where(Review.id.not_in(without))
    count, total = session.execute(counted).one()
    return {"reviews_count": count, "reviews_sum": total}


def count_again(session: DatabaseSession, book_id: int) -> None:
    """Make the figures of a book, which is locked, what its reviews add up to."""
    table = Book.__table__
    figures = select(func.count(), func.coalesce(func.sum(Review.rating), 0)).where(Review.book_id == book_id)
    session.execute(
        update(table)
        .where(table.c.id == book_id)
        .values(
            {
                tuple_(table.c.reviews_count, table.c.reviews_sum): figures.scalar_subquery(),
                "updated_at": table.c.updated_at,
            }
        )
    )


def lock_book_of_review(session: DatabaseSession, review_id: int) -> int | None:
    """Return the id of the book of a review, locked until the transaction ends, as changing it would.

    None when there are not both. A merge may have given the review to another book while this waited.
    """
    return session.execute(
        select(Book.id)
        .join(Review, Review.book_id == Book.id)
        .where(Review.id == review_id)
        .with_for_update(of=Book, key_share=True)
    ).scalar_one_or_none()
