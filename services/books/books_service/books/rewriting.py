"""Writing many books at once: one statement for many rows, and no statement for more than it can write in time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from books_service.books import queries
from books_service.books.keys import SOURCES, author_columns
from books_service.books.models import Book
from books_service.history.archiving import archive_books
from books_service.history.changes import Change
from books_service.recordset import recordset
from servicekit.database import DatabaseSession

# Far from what the time limit of a statement allows, and few enough statements for the most prolific author.
BOOKS_AT_ONCE = 500


def rewrite_books(session: DatabaseSession, rows: Sequence[Mapping[str, Any]], change: Change | None) -> None:
    """Set the columns that ``rows`` hold besides ``id``, the same in each; every row makes a new version of a book.

    The caller has archived the versions that are replaced. Without ``change``, for columns that no answer shows,
    version and time of change stay.
    """
    if not rows:
        return
    table = Book.__table__
    given = recordset(table, rows)
    changes = {name: given.c[name] for name in rows[0] if name != "id"}
    if change is None:
        changes["updated_at"] = table.c.updated_at
    else:
        changes |= {**change.columns(), "version": table.c.version + 1}
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


def archive_in_batches(session: DatabaseSession, book_ids: Collection[int]) -> None:
    """Lock books and keep their present versions, before the names of their authors change.

    Takes two statements for every ``BOOKS_AT_ONCE`` books, all in the transaction of the caller.
    """
    for some in _batches(book_ids):
        archive_books(session, lock_books(session, some))


def renew_author_columns(session: DatabaseSession, book_ids: Collection[int], change: Change | None) -> None:
    """Make what books show and search of their contributors anew, from the names that the authors have now.

    Without ``change`` nothing has changed but what is searched.
    Takes three statements for every ``BOOKS_AT_ONCE`` books, all in the transaction of the caller.
    """
    for some in _batches(book_ids):
        _renew(session, some, change)


def _batches(book_ids: Collection[int]) -> Iterator[list[int]]:
    # In one order over all of them, as in each statement, or two writers could wait for each other.
    ordered = sorted(book_ids)
    for first in range(0, len(ordered), BOOKS_AT_ONCE):
        yield ordered[first : first + BOOKS_AT_ONCE]


def _renew(session: DatabaseSession, book_ids: Collection[int], change: Change | None) -> None:
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
        change,
    )
