"""From names to rows of authors: each name is one row, however many requests bring it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from books_service.authors.models import Author
from books_service.authors.names import identity
from books_service.folding import sort_key
from books_service.recordset import recordset
from servicekit.database import DatabaseSession


def ensure_authors(session: DatabaseSession, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return id and stored name of the author of each name by ``names.identity``, after adding those that are missing.

    The rows stay share-locked until the transaction ends, so that nobody renames one while its name is copied into a
    book. Callers lock authors before books, as renaming does.
    """
    wanted = {identity(name): name for name in names}
    found: dict[str, tuple[int, str]] = {}
    # Repeated because a row that another transaction adds or renames meanwhile is seen by a later statement only.
    while missing := wanted.keys() - found.keys():
        rows = session.execute(
            select(Author.id, Author.name, Author.name_normalized)
            .where(Author.name_normalized.in_(missing))
            .order_by(Author.id)
            .with_for_update(read=True)
        )
        found.update({normalized: (author_id, name) for author_id, name, normalized in rows})
        if missing := missing - found.keys():
            added = _add(session, {key: wanted[key] for key in missing})
            found.update({normalized: (author_id, name) for author_id, name, normalized in added})
    return found


def _add(session: DatabaseSession, names: Mapping[str, str]) -> Sequence[Any]:
    """Add those of ``names``, by identity, that nobody else adds meanwhile; return their id, name and identity."""
    table = Author.__table__
    given = recordset(
        table,
        [{"name": name, "name_normalized": key, "name_key": sort_key(name)} for key, name in names.items()],
    )
    # In one order for everybody, or two requests with the same two new names could wait for each other.
    ordered = select(given).order_by(given.c.name_normalized)
    return session.execute(
        insert(table)
        .from_select([column.name for column in given.c], ordered)
        .on_conflict_do_nothing(index_elements=["name_normalized"])
        .returning(table.c.id, table.c.name, table.c.name_normalized)
    ).all()
