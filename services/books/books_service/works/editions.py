"""The books of a work, when that work is no more."""

from __future__ import annotations

from sqlalchemy import select

from books_service.books.models import Book
from books_service.books.rewriting import BOOKS_AT_ONCE, rewrite_books
from books_service.history.archiving import archive_books
from books_service.history.changes import WORK_DELETED, Change
from servicekit.database import DatabaseSession


def release_editions(session: DatabaseSession, user_id: int, work_id: int) -> None:
    """Let the books of a work belong to none; each gets a new version, because its answers change.

    The caller holds the work, so that no book joins it meanwhile.
    """
    # Asked again under the lock of each row, so that a book that has left for another work stays there.
    some = (
        select(Book.id)
        .where(Book.work_id == work_id)
        # In the order in which everybody locks books, or two writers could wait for each other.
        .order_by(Book.id)
        .limit(BOOKS_AT_ONCE)
        .with_for_update()
    )
    while book_ids := session.execute(some).scalars().all():
        archive_books(session, book_ids)
        rewrite_books(
            session, [{"id": book_id, "work_id": None} for book_id in book_ids], Change(WORK_DELETED, user_id)
        )
