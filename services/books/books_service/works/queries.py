"""Reading works as plain rows, each with what its editions tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, FromClause, Select, Text, func, select, true, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by

from books_service.books.models import Book
from books_service.row_counts.queries import list_total
from books_service.search_words import contains
from books_service.works.errors import WorkNotFound
from books_service.works.models import Work
from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest, read_list

SORTS: dict[str, Column[Any]] = {
    "id": Work.__table__.c.id,
    "title": Work.__table__.c.title_key,
    "created_at": Work.__table__.c.created_at,
    "updated_at": Work.__table__.c.updated_at,
}
BY_TITLE = "title"


def _rows() -> Select[Any]:
    authors = type_coerce(func.array_agg(aggregate_order_by(Book.author, Book.year.asc(), Book.id.asc())), ARRAY(Text))
    editions = (
        select(
            func.count().label("editions_count"),
            func.min(Book.year).label("first_year"),
            authors[1].label("author"),
        )
        .where(Book.work_id == Work.id)
        .correlate(Work)
        .lateral("editions")
    )
    columns = [column for column in Work.__table__.columns if column.name != "title_key"]
    return select(*columns, *editions.c).select_from(Work).join(editions, true())


_ROWS = _rows()


def list_works(
    session: DatabaseSession, words: Sequence[str], order: Sequence[tuple[str, bool]], request: ListRequest
) -> ListPage:
    """Return a page of the works whose titles hold every one of ``words``, in ``order``, as rows of ``get_work``.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
    """
    conditions = [contains(Work.title_key, word) for word in words]
    total = list_total(session, Work.__table__, conditions, request.total)
    found = select(Work.id).where(*conditions)
    return read_list(session, Walk(SORTS, order), found, _rows_of, request, total)


def get_work(session: DatabaseSession, work_id: int) -> dict[str, Any]:
    """Return the columns of a work, and of its editions ``editions_count``, ``first_year`` and ``author``.

    The author is that of the earliest edition.

    Raises:
        WorkNotFound: when there is none.
    """
    row = session.execute(_ROWS.where(Work.id == work_id)).mappings().one_or_none()
    if row is None:
        raise WorkNotFound
    return dict(row)


def editions_of(work_id: int) -> ColumnElement[bool]:
    """Return the condition of the books that are editions of a work."""
    return Book.work_id == work_id


def _rows_of(page: FromClause) -> Select[Any]:
    return _ROWS.join(page, page.c.id == Work.id)
