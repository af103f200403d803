"""From names to rows of authors: each name is one row, however many requests bring it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from books_service.authors.errors import AuthorNameTaken
from books_service.authors.models import Author, AuthorName
from books_service.authors.names import identity
from books_service.authors.variants import variants
from books_service.folding import sort_key
from books_service.history.changes import Change
from books_service.recordset import recordset
from servicekit.database import DatabaseSession, constraint_errors


class KnownAuthor(NamedTuple):
    """An author under the name that is shown, and what else the author is called."""

    id: int
    name: str
    variants: tuple[str, ...] = ()


def ensure_authors(session: DatabaseSession, names: Iterable[str], change: Change) -> dict[str, KnownAuthor]:
    """Return the author of each name by ``names.identity``, after adding those that are missing.

    A name may be a variant of its author's, so that several of ``names`` may have one author.

    ``change`` is what brings the names.

    The rows stay share-locked until the transaction ends, so that nobody renames one while its name is copied into a
    book. Callers lock authors before books, as renaming does.

    Raises:
        AuthorNameTaken: somebody gives one of the missing names to another author at this very moment.
    """
    wanted = {identity(name): name for name in names}
    found: dict[str, KnownAuthor] = {}
    # Repeated because a row that another transaction adds or renames meanwhile is seen by a later statement only.
    while missing := wanted.keys() - found.keys():
        rows = session.execute(
            select(Author.id, Author.name, AuthorName.name_normalized, variants())
            .join(AuthorName, AuthorName.author_id == Author.id)
            .where(AuthorName.name_normalized.in_(missing))
            .order_by(Author.id)
            # Not the names: whoever changes an author holds the author's row before those of the names.
            .with_for_update(read=True, of=Author)
        )
        found.update(
            {normalized: KnownAuthor(author_id, name, tuple(others)) for author_id, name, normalized, others in rows}
        )
        if missing := missing - found.keys():
            added = _add(session, {key: wanted[key] for key in missing}, change)
            found.update({normalized: KnownAuthor(author_id, name) for author_id, name, normalized in added})
    return found


def _add(session: DatabaseSession, names: Mapping[str, str], change: Change) -> Sequence[Any]:
    """Add those of ``names``, by identity, that nobody else adds meanwhile; return their id, name and identity.

    Raises:
        AuthorNameTaken: one becomes the variant of an author at this very moment.
    """
    table = Author.__table__
    given = recordset(
        table,
        [
            {"name": name, "name_normalized": key, "name_key": sort_key(name), **change.columns()}
            for key, name in names.items()
        ],
    )
    # In one order for everybody, or two requests with the same two new names could wait for each other.
    # Those that became a variant since they were looked for are left to the next look.
    known = exists().where(AuthorName.name_normalized == given.c.name_normalized)
    ordered = select(given).where(~known).order_by(given.c.name_normalized)
    with constraint_errors({"uq_author_names_name_normalized": AuthorNameTaken}):
        return session.execute(
            insert(table)
            .from_select([column.name for column in given.c], ordered)
            .on_conflict_do_nothing(index_elements=["name_normalized"])
            .returning(table.c.id, table.c.name, table.c.name_normalized)
        ).all()
