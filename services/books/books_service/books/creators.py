"""Who added a book, when that account is no more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from books_service.books.models import Book
from books_service.books.rewriting import BOOKS_AT_ONCE
from books_service.history.archiving import archive_books
from books_service.history.changes import CREATOR_FORGOTTEN, Change
from servicekit.database import DatabaseSession


def forget_creator(session: DatabaseSession, user_id: int) -> bool:
    """Let some of the books that ``user_id`` added be nobody's, as imported ones are; return whether none was.

    The caller keeps the user from adding more. Every book gets a new version, because its answers change.
    """
    table = Book.__table__
    some = (
        select(table.c.id)
        .where(table.c.created_by == user_id)
        # In the order in which everybody locks books, or two writers could wait for each other.
        .order_by(table.c.id)
        .limit(BOOKS_AT_ONCE)
        .with_for_update()
    )
    book_ids = session.execute(some).scalars().all()
    archive_books(session, book_ids)
    changed: Any = session.execute(
        update(table)
        .where(table.c.id.in_(book_ids))
        .values(
            {
                "created_by": None,
                "version": table.c.version + 1,
                "updated_at": func.now(),
                **Change(CREATOR_FORGOTTEN).columns(),
            }
        )
    )
    return not changed.rowcount
