"""Reading reading lists: plain rows, each with its book, and only ever those of one member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, func, select

from books_service.books.models import Book
from books_service.reading_list.errors import EntryNotFound
from books_service.reading_list.models import ReadingListEntry
from servicekit.database import DatabaseSession
from servicekit.ordering import order_by
from servicekit.pagination import Page, PageRequest

_entries = ReadingListEntry.__table__

SORTS: dict[str, Column[Any]] = {
    "id": _entries.c.id,
    "title": Book.__table__.c.title_key,
    "finished": _entries.c.finished,
    "started_on": _entries.c.started_on,
    "finished_on": _entries.c.finished_on,
    "created_at": _entries.c.created_at,
    "updated_at": _entries.c.updated_at,
}
NEWEST_FIRST = "-created_at"

_ROWS = (
    select(_entries, Book.title.label("book_title"), Book.author.label("book_author"))
    .join(Book, Book.id == _entries.c.book_id)
    .where(_entries.c.user_id == bindparam("owner_id"))
)
_BY_ID = _ROWS.where(_entries.c.id == bindparam("entry_id"))


def list_entries(
    session: DatabaseSession,
    user_id: int,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: PageRequest,
) -> Page:
    """Return a page of the entries of ``user_id`` that meet ``conditions``, as rows of ``get_entry``."""
    counted = select(func.count()).select_from(_entries).where(_entries.c.user_id == user_id, *conditions)
    total = session.execute(counted).scalar_one()
    page = _ROWS.where(*conditions).order_by(*order_by(SORTS, order)).limit(request.per_page).offset(request.offset)
    rows = session.execute(page, {"owner_id": user_id})
    return Page([dict(row) for row in rows.mappings()], request, total)


def get_entry(session: DatabaseSession, user_id: int, entry_id: int) -> dict[str, Any]:
    """Return the columns of an entry of ``user_id`` with ``book_title`` and ``book_author``.

    Raises:
        EntryNotFound: when there is none, or it is somebody else's.
    """
    row = session.execute(_BY_ID, {"owner_id": user_id, "entry_id": entry_id}).mappings().one_or_none()
    if row is None:
        raise EntryNotFound
    return dict(row)
