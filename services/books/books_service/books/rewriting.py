"""Writing many books at once: one statement for many rows, and no statement for more than it can write in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from books_service.books import queries
from books_service.books.keys import SOURCES, author_columns
from books_service.books.models import Book
from books_service.recordset import recordset
from servicekit.database import DatabaseSession

# Far from what the time limit of a statement allows, and few enough statements for the most prolific author.
BOOKS_AT_ONCE = 500


def rewrite_books(session: DatabaseSession, rows: Sequence[Mapping[str, Any]], *, new_version: bool = True) -> None:
    """Set the columns that ``rows`` hold besides ``id``, the same in each; every row makes a new version of a book.

    Without ``new_version``, for columns that no answer shows, version and time of change stay.
    """
    if not rows:
        return
    table = Book.__table__
    given = recordset(table, rows)
    changes = {name: given.c[name] for name in rows[0] if name != "id"}
    changes |= {"version": table.c.version + 1} if new_version else {"updated_at": table.c.updated_at}
    session.execute(update(table).where(table.c.id == given.c.id).values(changes))


def lock_books(session: DatabaseSession, book_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return author, version and ``keys.SOURCES`` of books by id, locked until the transaction ends.

    Those that are gone are left out.
    """
    rows = session.execute(
        select(Book.id, Book.author, Book.version, *(Book.__table__.c[name] for name in SOURCES))
        .where(Book.id.in_(book_ids))
        # In one order for everybody, or two writers of the same books could wait for each other.
        .order_by(Book.id)
        .with_for_update()
    )
    return {row["id"]: dict(row) for row in rows.mappings()}


def renew_author_columns(session: DatabaseSession, book_ids: Collection[int], *, new_version: bool = True) -> None:
    """Make what books show and search of their contributors anew, from the names that the authors have now.

    Without ``new_version`` nothing has changed but what is searched.
    Takes three statements for every ``BOOKS_AT_ONCE`` books, all in the transaction of the caller.
    """
    # In one order over all of them, as in each statement, or two writers could wait for each other.
    ordered = sorted(book_ids)
    for first in range(0, len(ordered), BOOKS_AT_ONCE):
        _renew(session, ordered[first : first + BOOKS_AT_ONCE], new_version=new_version)


def _renew(session: DatabaseSession, book_ids: Collection[int], *, new_version: bool) -> None:
    books = lock_books(session, book_ids)
    contributors = queries.contributors_of(session, books)
    rewrite_books(
        session,
        [
            {
                "id": book_id,
                **author_columns(book, contributors.get(book_id, [])),
            }
            for book_id, book in books.items()
        ],
        new_version=new_version,
    )
