"""Whose reading list it was, when that account is no more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, exists, select

from books_service.books.models import Book
from books_service.books.rewriting import BOOKS_AT_ONCE
from books_service.reading_list.models import ReadingListEntry
from servicekit.database import DatabaseSession


def forget_reader(session: DatabaseSession, user_id: int) -> bool:
    """Remove some of the entries in the reading list of ``user_id``; return whether there was none.

    The caller keeps the user from adding more.
    """
    entry = ReadingListEntry
    held = session.execute(
        select(Book.id)
        .join(entry, entry.book_id == Book.id)
        .where(entry.user_id == user_id)
        .order_by(Book.id)
        .limit(BOOKS_AT_ONCE)
        # Deleting a book removes entries of many readers: it has to wait until it holds the book, not with some of the
        # entries removed, or it and those who delete accounts could wait for each other.
        .with_for_update(of=Book, read=True, key_share=True)
    ).scalars()
    removed: Any = session.execute(delete(entry).where(entry.user_id == user_id, entry.book_id.in_(held.all())))
    if removed.rowcount:
        return False
    # A merge may have given the last ones to other books meanwhile.
    return not session.scalar(select(exists().where(entry.user_id == user_id)))
