"""Reading authors as plain rows, each with the variants of its name and the number of its books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, FromClause, ScalarSelect, Select, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from books_service.authors.errors import AuthorNotFound
from books_service.authors.models import Author, AuthorName
from books_service.authors.variants import variants
from books_service.books.models import Book, BookAuthor
from books_service.row_counts.queries import list_total
from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest, read_list

SORTS: dict[str, Column[Any]] = {
    "id": Author.__table__.c.id,
    "name": Author.__table__.c.name_key,
    "sort_name": Author.__table__.c.order_key,
    "created_at": Author.__table__.c.created_at,
    "updated_at": Author.__table__.c.updated_at,
}
BY_SORT_NAME = "sort_name"


_KEYS = {"name_normalized", "name_key", "sort_name_key", "order_key"}
_COLUMNS = [column for column in Author.__table__.columns if column.name not in _KEYS]


def list_authors(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: ListRequest,
) -> ListPage:
    """Return a page of the authors that meet ``conditions``, in ``order``, as rows of ``get_author``.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
    """
    total = list_total(session, Author.__table__, conditions, request.total)
    found = select(Author.id).where(*conditions)
    return read_list(session, Walk(SORTS, order), found, _rows_of, request, total)


def get_author(session: DatabaseSession, author_id: int) -> dict[str, Any]:
    """Return the columns of an author, ``variants`` in their order and ``books_count``.

    Raises:
        AuthorNotFound: when there is none.
    """
    row = (
        session.execute(select(*_COLUMNS, variants(), _books_count()).where(Author.id == author_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise AuthorNotFound
    return dict(row)


def find_authors(session: DatabaseSession, author_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return those of ``author_ids`` that there are, by id, each as ``get_author`` does."""
    if not author_ids:
        return {}
    rows = session.execute(
        select(*_COLUMNS, variants(), _books_count()).where(
            Author.id == any_(cast(list(author_ids), ARRAY(BigInteger)))
        )
    )
    return {row["id"]: dict(row) for row in rows.mappings()}


def books_of(author_id: int) -> ColumnElement[bool]:
    """Return the condition of the books that an author contributed to, in whatever role."""
    return Book.id.in_(select(BookAuthor.book_id).where(BookAuthor.author_id == author_id))


def variants_of(session: DatabaseSession, author_id: int) -> list[str]:
    """Return the variants of an author's name in their order."""
    rows = session.execute(
        select(AuthorName.name)
        .where(AuthorName.author_id == author_id, AuthorName.position > 0)
        .order_by(AuthorName.position)
    )
    return list(rows.scalars())


def _rows_of(page: FromClause) -> Select[Any]:
    return select(*_COLUMNS, variants(), _books_count()).join(page, page.c.id == Author.id)


def _books_count() -> Any:
    count: ScalarSelect[int] = (
        select(func.count(BookAuthor.book_id.distinct()))
        .where(BookAuthor.author_id == Author.__table__.c.id)
        .correlate(Author.__table__)
        .scalar_subquery()
    )
    return count.label("books_count")
