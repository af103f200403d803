"""Which authors a list holds: the table of its filters, and the query parameters as conditions of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select

from books_service.authors.dates import EARLIEST_YEAR, MAXIMUM_YEAR
from books_service.authors.identifiers import AUTHOR_SCHEMES
from books_service.authors.models import Author, AuthorName
from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.authors.request_fields import LifeDate
from books_service.filter_terms import ids, members, names, times
from books_service.identifier_fields import QueryIdentifier
from books_service.search_words import contains, search_words
from servicekit.fields import QueryNumber
from servicekit.filters import Filter, Filters, between, equal, known


def author_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for; a blank text asks for none.

    Raises:
        ValidationFailed: a range that ends before it begins, or too many words to search for.
    """
    words = search_words(arguments.get("search", ""))
    searched = [_named(*[contains(AuthorName.name_key, word) for word in words])] if words else []
    return searched + AUTHOR_FILTERS.conditions(arguments)


def _named(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of the authors one of whose names meets all ``conditions``."""
    return Author.id.in_(select(AuthorName.author_id).where(*conditions))


def _life_dates(column: Any) -> Filter:
    year = cast(func.substring(column, "^-?[0-9]+"), Integer)
    return {
        **equal(column, LifeDate),
        **between(year, lambda: QueryNumber(minimum=EARLIEST_YEAR, maximum=MAXIMUM_YEAR)),
        **known(column),
    }


AUTHOR_FILTERS = Filters(
    {
        "id": ids(Author.id),
        "name": names(AuthorName.name_key, MAXIMUM_NAME_CHARACTERS, "the name or of a variant of it", _named),
        "sort_name": {
            **names(Author.order_key, MAXIMUM_NAME_CHARACTERS, "the name under which lists have the author"),
            **known(Author.sort_name),
        },
        "born": _life_dates(Author.born),
        "died": _life_dates(Author.died),
        "identifier": members(Author.identifiers, lambda: QueryIdentifier(AUTHOR_SCHEMES)),
        "biography": known(Author.biography),
        "created_at": times(Author.created_at),
        "updated_at": times(Author.updated_at),
    }
)
