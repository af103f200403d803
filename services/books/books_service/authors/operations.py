"""Changing authors. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from books_service.authors.errors import AuthorNameTaken, AuthorNotFound
from books_service.authors.models import Author
from books_service.authors.names import identity
from books_service.books.folding import sort_key
from books_service.books.models import BookAuthor
from books_service.books.rewriting import renew_author_columns
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.envelope import NothingToUpdate


def update_author(session: DatabaseSession, author_id: int, values: dict[str, Any]) -> None:
    """Give an author the name in ``values``; the books follow in the same transaction.

    Raises:
        NothingToUpdate: ``values`` is empty.
        AuthorNotFound: when there is no such author.
        AuthorNameTaken: when another author has the name.
    """
    # Locked before the books: whoever copies the name into a book holds this row, too.
    author = session.get(Author, author_id, with_for_update=True)
    if author is None:
        raise AuthorNotFound
    if not values:
        raise NothingToUpdate
    name = values["name"]
    if name != author.name:
        author.name, author.name_normalized, author.name_key = name, identity(name), sort_key(name)
        with constraint_errors({"uq_authors_name_normalized": AuthorNameTaken}):
            session.flush()
        book_ids = session.execute(select(BookAuthor.book_id).distinct().where(BookAuthor.author_id == author_id))
        renew_author_columns(session, book_ids.scalars().all())
    session.commit()
