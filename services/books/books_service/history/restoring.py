"""Storing again what had no row any more: a book or author that was deleted, or was part of another for a while."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from books_service.authors.models import Author
from books_service.authors.names import identity
from books_service.authors.registry import KnownAuthor, ensure_authors
from books_service.authors.variants import variants
from books_service.books.contributors import Contributor
from books_service.books.errors import IsbnAlreadyTaken
from books_service.books.keys import derived_columns
from books_service.books.models import BookAuthor
from books_service.books.series import series_key
from books_service.history.changes import CREATED, Change
from books_service.history.snapshots import BOOK, Entity
from servicekit.database import DatabaseSession, constraint_errors

# Authors with the roles in which a book names them, by id.
Resolved = Sequence[tuple[int, Contributor]]


def authors_now(session: DatabaseSession, author_ids: Collection[int]) -> dict[int, KnownAuthor]:
    """Return those authors that are there, by id, share-locked as by ``ensure_authors``."""
    rows = session.execute(
        select(Author.id, Author.name, variants())
        .where(Author.id.in_(author_ids))
        .order_by(Author.id)
        .with_for_update(read=True, of=Author)
    )
    return {row.id: KnownAuthor(row.id, row.name, tuple(row.variants)) for row in rows}


def resolve_contributors(
    session: DatabaseSession, contributors: Sequence[Mapping[str, Any]], user_id: int
) -> list[tuple[int, Contributor]]:
    """Return the author id of each of the kept ``contributors``, by id if that author is there, else by name."""
    known = authors_now(session, [contributor["id"] for contributor in contributors])
    missing = [contributor["name"] for contributor in contributors if contributor["id"] not in known]
    added = ensure_authors(session, missing, Change(CREATED, user_id))
    resolved: dict[tuple[int, str], Contributor] = {}
    for contributor in contributors:
        author = known.get(contributor["id"]) or added[identity(contributor["name"])]
        role = contributor["role"]
        # Two who were not one then may be one now.
        resolved.setdefault((author.id, role), Contributor(author.name, role, author.variants))
    return [(author_id, contributor) for (author_id, _), contributor in resolved.items()]


def store_book(session: DatabaseSession, row: Mapping[str, Any], resolved: Resolved) -> None:
    """Store a book, ``row`` as by ``rows.row_of`` with what became of it since, by the contributors ``resolved``.

    Raises:
        IsbnAlreadyTaken: another book has its ISBN by now.
    """
    row = {
        **row,
        "series_key": series_key(row["series_name"], row["series_number"]),
        **derived_columns(row, [contributor for _, contributor in resolved]),
    }
    with constraint_errors({"uq_books_isbn_13": IsbnAlreadyTaken}):
        insert_row(session, BOOK, row)
    if resolved:
        session.execute(
            insert(BookAuthor),
            [
                {"book_id": row["id"], "position": position, "author_id": author_id, "role": contributor.role}
                for position, (author_id, contributor) in enumerate(resolved)
            ],
        )


def insert_row(session: DatabaseSession, entity: Entity, row: Mapping[str, Any]) -> None:
    """Store ``row`` under its own id and version, as changed now; columns without a value get their defaults."""
    written = {
        column.name: row[column.name]
        for column in entity.table.c
        if column.computed is None and column.name != "updated_at" and row[column.name] is not None
    }
    session.execute(insert(entity.table).values(written))
