"""Reading reading lists: plain rows, each with its book, and only ever those of one member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, bindparam, cast, select

from books_service.books.models import Book
from books_service.reading_list.errors import EntryNotFound
from books_service.reading_list.models import ReadingListEntry
from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest, read_list
from servicekit.totals import total_of

_entries = ReadingListEntry.__table__

SORTS: dict[str, ColumnElement[Any]] = {
    "id": _entries.c.id,
    "title": Book.__table__.c.title_key,
    # A place in a list cannot be compared with a boolean.
    "finished": cast(_entries.c.finished, Integer),
    "started_on": _entries.c.started_on,
    "finished_on": _entries.c.finished_on,
    "created_at": _entries.c.created_at,
    "updated_at": _entries.c.updated_at,
}
NEWEST_FIRST = "-created_at"

_COLUMNS = [*_entries.columns, Book.title.label("book_title"), Book.author.label("book_author")]
_ROWS = select(*_COLUMNS).join(Book, Book.id == _entries.c.book_id)
_BY_ID = _ROWS.where(_entries.c.user_id == bindparam("owner_id"), _entries.c.id == bindparam("entry_id"))


def list_entries(
    session: DatabaseSession,
    user_id: int,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: ListRequest,
) -> ListPage:
    """Return a page of the entries of ``user_id`` that meet ``conditions``, as rows of ``get_entry``.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
    """
    conditions = [_entries.c.user_id == user_id, *conditions]
    total = total_of(session, _entries, conditions, request.total)
    found = select(_entries.c.id).where(*conditions)
    if any(name == "title" for name, _ in order):
        found = found.join(Book, Book.id == _entries.c.book_id)
    return read_list(session, Walk(SORTS, order), found, _rows_of, request, total)


def get_entry(session: DatabaseSession, user_id: int, entry_id: int) -> dict[str, Any]:
    """Return the columns of an entry of ``user_id`` with ``book_title`` and ``book_author``.

    Raises:
        EntryNotFound: when there is none, or it is somebody else's.
    """
    row = session.execute(_BY_ID, {"owner_id": user_id, "entry_id": entry_id}).mappings().one_or_none()
    if row is None:
        raise EntryNotFound
    return dict(row)


def _rows_of(page: FromClause) -> Select[Any]:
    return _ROWS.join(page, page.c.id == _entries.c.id)
