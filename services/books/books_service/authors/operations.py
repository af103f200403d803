"""Changing authors. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from books_service.authors.errors import AuthorInUse, AuthorNameTaken, AuthorNotFound
from books_service.authors.models import Author
from books_service.authors.names import identity
from books_service.books.models import BookAuthor
from books_service.books.rewriting import renew_author_columns
from books_service.folding import sort_key
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate


def update_author(session: DatabaseSession, author_id: int, values: dict[str, Any], *, if_match: IfMatch) -> None:
    """Give an author the name in ``values``; the books follow in the same transaction.

    Raises:
        NothingToUpdate: ``values`` is empty.
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorNameTaken: when another author has the name.
    """
    # Locked before the books: whoever copies the name into a book holds this row, too.
    author = session.get(Author, author_id, with_for_update=True)
    if author is None:
        raise AuthorNotFound
    if not values:
        raise NothingToUpdate
    if_match.check(author.version)
    name = values["name"]
    if name != author.name:
        author.name, author.name_normalized, author.name_key = name, identity(name), sort_key(name)
        with constraint_errors({"uq_authors_name_normalized": AuthorNameTaken}):
            session.flush()
        book_ids = session.execute(select(BookAuthor.book_id).distinct().where(BookAuthor.author_id == author_id))
        renew_author_columns(session, book_ids.scalars().all())
    session.commit()


def delete_author(session: DatabaseSession, author_id: int, *, if_match: IfMatch) -> None:
    """Remove an author whom no book names.

    Raises:
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorInUse: when books name the author, in whatever role.
    """
    version = session.execute(
        select(Author.version).where(Author.id == author_id).with_for_update()
    ).scalar_one_or_none()
    if version is None:
        raise AuthorNotFound
    if_match.check(version)
    # The constraint decides: a book that takes the author at this moment holds the row until it is stored.
    with constraint_errors({"fk_book_authors_author_id": AuthorInUse}):
        session.execute(delete(Author).where(Author.id == author_id))
    session.commit()
