"""What is kept of a version: the row of a book or author as JSON, with what belongs to it in other tables.

Whatever column a feature adds is kept by itself, unless it is named here as derived. Values that are null are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from books_service.authors.errors import AuthorNotFound
from books_service.authors.models import Author
from books_service.authors.variants import variants
from books_service.books.errors import BookNotFound
from books_service.books.models import Book, BookAuthor
from servicekit.envelope import ApiError

# They have columns of their own in a revision, or can be forgotten, which a snapshot cannot.
_APART = ("id", "version", "updated_at", "change", "changed_by", "created_by")


@dataclass(frozen=True, slots=True)
class Entity:
    """Something whose versions are kept.

    Attributes:
        derived: columns that are made from others, or say nothing of the version.
        parts: what belongs to it in other tables, each as a column that holds JSON.
        not_found: the error when there is none.
    """

    name: str
    table: Table
    derived: frozenset[str]
    not_found: type[ApiError]
    parts: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)

    def present(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Return the query of the present versions of those that meet ``condition``, with ``REVISION_COLUMNS``."""
        kept = (
            select(
                *(column for column in self.table.c if column.name not in self.derived),
                *(part.label(name) for name, part in self.parts.items()),
            )
            .where(condition)
            .subquery("kept")
        )
        snapshot = func.jsonb_strip_nulls(func.to_jsonb(kept.table_valued()).op("-")(cast(list(_APART), ARRAY(Text))))
        return select(
            literal(self.name).label("entity"),
            kept.c.id.label("entity_id"),
            kept.c.version.label("number"),
            kept.c.change,
            kept.c.changed_by,
            kept.c.updated_at.label("changed_at"),
            snapshot.label("snapshot"),
        )


REVISION_COLUMNS = ("entity", "entity_id", "number", "change", "changed_by", "changed_at", "snapshot")


def _contributors() -> ColumnElement[Any]:
    """Return the contributors of a book in their order, under the names that they have at that time."""
    contributor = func.jsonb_build_object("id", Author.id, "name", Author.name, "role", BookAuthor.role)
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(contributor, BookAuthor.position)), cast([], JSONB)))
        .join_from(BookAuthor, Author, Author.id == BookAuthor.author_id)
        .where(BookAuthor.book_id == Book.__table__.c.id)
        .correlate(Book.__table__)
        .scalar_subquery()
    )


BOOK = Entity(
    "book",
    Book.__table__,
    frozenset(
        {"title_key", "author_key", "series_key", "search_key", "search_vector", "popularity"}
        | {"reviews_count", "reviews_sum", "review_average"}
    ),
    BookNotFound,
    {"contributors": _contributors()},
)
AUTHOR = Entity(
    "author",
    Author.__table__,
    frozenset({"name_normalized", "name_key", "sort_name_key", "order_key"}),
    AuthorNotFound,
    {"variants": variants()},
)
