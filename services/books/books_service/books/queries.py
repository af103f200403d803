"""Reading books: plain rows, each with its contributors, in a number of statements that does not grow with the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, func, select

from books_service.authors.models import Author
from books_service.books.errors import BookNotFound
from books_service.books.models import Book, BookAuthor
from books_service.books.ordering import order_by
from servicekit.database import DatabaseSession
from servicekit.pagination import Page, PageRequest

SORTS: dict[str, Column[Any]] = {
    "id": Book.__table__.c.id,
    "title": Book.__table__.c.title_key,
    "author": Book.__table__.c.author_key,
    "year": Book.__table__.c.year,
    "created_at": Book.__table__.c.created_at,
    "updated_at": Book.__table__.c.updated_at,
    "average_rating": Book.__table__.c.average_rating,
    "ratings_count": Book.__table__.c.ratings_count,
}
NEWEST_FIRST = "-created_at"

_KEYS = {"title_key", "author_key", "search_key"}
_COLUMNS = [column for column in Book.__table__.columns if column.name not in _KEYS]


def list_books(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: PageRequest,
) -> Page:
    """Return a page of the books that meet ``conditions``, as rows of ``get_book``.

    ``order`` holds pairs of a name in ``SORTS`` and whether it descends; unknown values come last either way.
    """
    total = session.execute(select(func.count()).select_from(Book).where(*conditions)).scalar_one()
    rows = session.execute(
        select(*_COLUMNS)
        .where(*conditions)
        .order_by(*order_by(SORTS, order))
        .limit(request.per_page)
        .offset(request.offset)
    )
    return Page(_with_contributors(session, [dict(row) for row in rows.mappings()]), request, total)


def get_book(session: DatabaseSession, book_id: int) -> dict[str, Any]:
    """Return the columns of a book, its ``contributors`` being rows of id, name and role in their order.

    Raises:
        BookNotFound: when there is none.
    """
    return _get_one(session, Book.id == book_id)


def get_book_by_isbn(session: DatabaseSession, isbn_13: str) -> dict[str, Any]:
    """Return the book with a normalised ISBN, as ``get_book`` does.

    Raises:
        BookNotFound: when there is none.
    """
    return _get_one(session, Book.isbn_13 == isbn_13)


def contributors_of(session: DatabaseSession, book_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the contributors of each book in their order; no entry for a book without any."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    if book_ids:
        rows = session.execute(
            select(BookAuthor.book_id, Author.id, Author.name, BookAuthor.role)
            .join(Author, Author.id == BookAuthor.author_id)
            .where(BookAuthor.book_id.in_(book_ids))
            .order_by(BookAuthor.book_id, BookAuthor.position)
        )
        for book_id, author_id, name, role in rows:
            found[book_id].append({"id": author_id, "name": name, "role": role})
    return found


def _get_one(session: DatabaseSession, condition: ColumnElement[bool]) -> dict[str, Any]:
    row = session.execute(select(*_COLUMNS).where(condition)).mappings().one_or_none()
    if row is None:
        raise BookNotFound
    return _with_contributors(session, [dict(row)])[0]


def _with_contributors(session: DatabaseSession, books: list[dict[str, Any]]) -> list[dict[str, Any]]:
    contributors = contributors_of(session, [book["id"] for book in books])
    return [{**book, "contributors": contributors.get(book["id"], [])} for book in books]
