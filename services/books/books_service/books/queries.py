"""Reading books: plain rows, each with its contributors, in a number of statements that does not grow with the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CHAR,
    JSON,
    Column,
    ColumnElement,
    FromClause,
    Label,
    Select,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from books_service.authors.models import Author
from books_service.authors.variants import variants
from books_service.books.contributors import Contributor
from books_service.books.errors import BookNotFound
from books_service.books.models import Book, BookAuthor
from books_service.row_counts.queries import list_total
from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest, read_list

SORTS: dict[str, Column[Any]] = {
    "id": Book.__table__.c.id,
    "title": Book.__table__.c.title_key,
    "author": Book.__table__.c.author_key,
    "year": Book.__table__.c.year,
    "series": Book.__table__.c.series_key,
    "created_at": Book.__table__.c.created_at,
    "updated_at": Book.__table__.c.updated_at,
    "average_rating": Book.__table__.c.average_rating,
    "ratings_count": Book.__table__.c.ratings_count,
    "review_average": Book.__table__.c.review_average,
    "reviews_count": Book.__table__.c.reviews_count,
}
NEWEST_FIRST = "-created_at"

_NOT_SHOWN = {"title_key", "author_key", "series_key", "search_key", "search_vector", "popularity"} | {
    "change",
    "changed_by",
}
_COLUMNS = [column for column in Book.__table__.columns if column.name not in _NOT_SHOWN]


def _contributors() -> Label[Any]:
    """Return the column of a book's contributors as a JSON list, so that they need no statement of their own."""
    contributor = func.json_build_object("id", Author.id, "name", Author.name, "role", BookAuthor.role)
    listed = (
        select(func.json_agg(aggregate_order_by(contributor, BookAuthor.position)))
        .join_from(BookAuthor, Author, Author.id == BookAuthor.author_id)
        .where(BookAuthor.book_id == Book.id)
        .correlate(Book)
        .scalar_subquery()
    )
    return func.coalesce(listed, literal([], JSON), type_=JSON).label("contributors")


# Made once: building a statement and its cache key costs more than running it.
_ROWS = select(*_COLUMNS, _contributors())
_BY_ID = _ROWS.where(Book.id == bindparam("value"))
_BY_ISBN = _ROWS.where(Book.isbn_13 == bindparam("value"))
# As another type than the column's no index would find them.
_BY_ISBNS = _ROWS.where(Book.isbn_13 == any_(cast(bindparam("values"), ARRAY(CHAR(13)))))


def list_books(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: ListRequest,
) -> ListPage:
    """Return a page of the books that meet ``conditions``, as rows of ``get_book``.

    ``order`` holds pairs of a name in ``SORTS`` and whether it descends; unknown values come last either way.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
    """
    total = list_total(session, Book.__table__, conditions, request.total)
    found = select(Book.id).where(*conditions)
    return read_list(session, Walk(SORTS, order), found, _rows_of, request, total)


def books_in_order(session: DatabaseSession, book_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the books with ``book_ids`` in that order, as rows of ``get_book``; those that are gone are left out."""
    if not book_ids:
        return []
    rows = session.execute(_ROWS.where(Book.id.in_(book_ids))).mappings()
    by_id = {row["id"]: dict(row) for row in rows}
    return [by_id[book_id] for book_id in book_ids if book_id in by_id]


def get_book(session: DatabaseSession, book_id: int) -> dict[str, Any]:
    """Return the columns of a book, its ``contributors`` being rows of id, name and role in their order.

    Raises:
        BookNotFound: when there is none.
    """
    return _get_one(session, _BY_ID, book_id)


def get_book_by_isbn(session: DatabaseSession, isbn_13: str) -> dict[str, Any]:
    """Return the book with a normalised ISBN, as ``get_book`` does.

    Raises:
        BookNotFound: when there is none.
    """
    return _get_one(session, _BY_ISBN, isbn_13)


def get_books_by_isbn(session: DatabaseSession, isbns: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the books that have one of the normalised ``isbns``, by ISBN, each as ``get_book`` does."""
    if not isbns:
        return {}
    rows = session.execute(_BY_ISBNS, {"values": list(isbns)}).mappings()
    return {row["isbn_13"]: dict(row) for row in rows}


def contributors_of(session: DatabaseSession, book_ids: Collection[int]) -> dict[int, list[Contributor]]:
    """Return the contributors of each book in their order, with variants; no entry for a book without any."""
    found: defaultdict[int, list[Contributor]] = defaultdict(list)
    if book_ids:
        rows = session.execute(
            select(BookAuthor.book_id, Author.name, BookAuthor.role, variants())
            .join(Author, Author.id == BookAuthor.author_id)
            .where(BookAuthor.book_id.in_(book_ids))
            .order_by(BookAuthor.book_id, BookAuthor.position)
        )
        for book_id, name, role, others in rows:
            found[book_id].append(Contributor(name, role, tuple(others)))
    return found


def _rows_of(page: FromClause) -> Select[Any]:
    return _ROWS.join(page, page.c.id == Book.id)


def _get_one(session: DatabaseSession, statement: Select[Any], value: int | str) -> dict[str, Any]:
    row = session.execute(statement, {"value": value}).mappings().one_or_none()
    if row is None:
        raise BookNotFound
    return dict(row)
