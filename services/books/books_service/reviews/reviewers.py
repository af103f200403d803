"""Who wrote reviews, when that account is no more."""

from __future__ import annotations

from sqlalchemy import delete, exists, select, update

from books_service.books.models import Book
from books_service.books.rewriting import BOOKS_AT_ONCE
from books_service.recordset import recordset
from books_service.reviews.models import Review
from servicekit.database import DatabaseSession


def forget_reviewer(session: DatabaseSession, user_id: int) -> bool:
    """Remove some of the reviews that ``user_id`` wrote, from the figures of their books too; return whether none was.

    The caller keeps the user from writing more.
    """
    books, reviews = Book.__table__, Review.__table__
    locked = session.execute(
        select(books.c.id)
        .join(reviews, reviews.c.book_id == books.c.id)
        .where(reviews.c.user_id == user_id)
        # In the order in which everybody locks books, or two writers could wait for each other.
        .order_by(books.c.id)
        .limit(BOOKS_AT_ONCE)
        .with_for_update(of=books, key_share=True)
    ).scalars()
    # A statement of its own: it sees the ratings as they are now that nobody else changes them.
    removed = session.execute(
        delete(reviews)
        .where(reviews.c.user_id == user_id, reviews.c.book_id.in_(locked.all()))
        .returning(reviews.c.book_id, reviews.c.rating)
    ).all()
    if not removed:
        # A merge may have given the last ones to other books meanwhile.
        return not session.scalar(select(exists().where(reviews.c.user_id == user_id)))
    given = recordset(reviews, [{"book_id": book_id, "rating": rating} for book_id, rating in removed])
    session.execute(
        update(books)
        .where(books.c.id == given.c.book_id)
        .values(
            reviews_count=books.c.reviews_count - 1,
            reviews_sum=books.c.reviews_sum - given.c.rating,
            updated_at=books.c.updated_at,
        )
    )
    return False
