"""Reading authors as plain rows, each with the number of its books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, ScalarSelect, func, select

from books_service.authors.errors import AuthorNotFound
from books_service.authors.models import Author
from books_service.books.models import Book, BookAuthor
from books_service.search_words import contains
from servicekit.database import DatabaseSession
from servicekit.ordering import order_by
from servicekit.pagination import Page, PageRequest

SORTS: dict[str, Column[Any]] = {
    "id": Author.__table__.c.id,
    "name": Author.__table__.c.name_key,
    "created_at": Author.__table__.c.created_at,
    "updated_at": Author.__table__.c.updated_at,
}
BY_NAME = "name"


def list_authors(
    session: DatabaseSession, words: Sequence[str], order: Sequence[tuple[str, bool]], request: PageRequest
) -> Page:
    """Return a page of the authors whose names hold every one of ``words``, in ``order``, as rows of ``get_author``."""
    conditions = [contains(Author.name_key, word) for word in words]
    total = session.execute(select(func.count()).select_from(Author).where(*conditions)).scalar_one()
    rows = session.execute(
        select(Author.__table__, _books_count())
        .where(*conditions)
        .order_by(*order_by(SORTS, order))
        .limit(request.per_page)
        .offset(request.offset)
    )
    return Page([dict(row) for row in rows.mappings()], request, total)


def get_author(session: DatabaseSession, author_id: int) -> dict[str, Any]:
    """Return the columns of an author and ``books_count``.

    Raises:
        AuthorNotFound: when there is none.
    """
    row = (
        session.execute(select(Author.__table__, _books_count()).where(Author.id == author_id)).mappings().one_or_none()
    )
    if row is None:
        raise AuthorNotFound
    return dict(row)


def books_of(author_id: int) -> ColumnElement[bool]:
    """Return the condition of the books that an author contributed to, in whatever role."""
    return Book.id.in_(select(BookAuthor.book_id).where(BookAuthor.author_id == author_id))


def _books_count() -> Any:
    count: ScalarSelect[int] = (
        select(func.count(BookAuthor.book_id.distinct()))
        .where(BookAuthor.author_id == Author.__table__.c.id)
        .correlate(Author.__table__)
        .scalar_subquery()
    )
    return count.label("books_count")
