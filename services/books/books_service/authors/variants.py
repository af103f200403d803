"""The variants of an author's name, for whoever reads or stores authors."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Label, Text, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from books_service.authors.models import Author, AuthorName
from books_service.authors.names import identity
from books_service.folding import sort_key
from servicekit.database import DatabaseSession


def variants() -> Label[Any]:
    """Return the column ``variants`` of a statement that selects from authors: names in their order."""
    names = (
        select(func.array_agg(aggregate_order_by(AuthorName.name, AuthorName.position), type_=ARRAY(Text)))
        .where(AuthorName.author_id == Author.id, AuthorName.position > 0)
        .correlate(Author)
        .scalar_subquery()
    )
    return func.coalesce(names, literal([], ARRAY(Text)), type_=ARRAY(Text)).label("variants")


def insert_variants(session: DatabaseSession, author_id: int, names: Sequence[str], *, first: int = 1) -> None:
    """Store ``names`` as variants of an author, who has none from the position ``first`` on."""
    if not names:
        return
    rows = [
        {
            "author_id": author_id,
            "position": position,
            "name": name,
            "name_normalized": identity(name),
            "name_key": sort_key(name),
        }
        for position, name in enumerate(names, start=first)
    ]
    # In one order for everybody who adds names, or two could wait for each other.
    session.execute(insert(AuthorName.__table__), sorted(rows, key=itemgetter("name_normalized")))
