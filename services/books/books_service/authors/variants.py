"""The variants of an author's name as a column, for whoever reads authors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Label, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from books_service.authors.models import Author, AuthorName


def variants() -> Label[Any]:
    """Return the column ``variants`` of a statement that selects from authors: names in their order."""
    names = (
        select(func.array_agg(aggregate_order_by(AuthorName.name, AuthorName.position), type_=ARRAY(Text)))
        .where(AuthorName.author_id == Author.id, AuthorName.position > 0)
        .correlate(Author)
        .scalar_subquery()
    )
    return func.coalesce(names, literal([], ARRAY(Text)), type_=ARRAY(Text)).label("variants")
