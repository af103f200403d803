"""The kinds of filters that lists of books, authors and reviews have, each made for a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from books_service.folding import sort_key
from books_service.search_words import begins_with, contains
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import QueryDecimal, QueryNumber, QueryPeriod, QueryTime, Text
from servicekit.filters import (
    EQUAL,
    FROM,
    PLAIN,
    PREFIX,
    TO,
    FieldMaker,
    Filter,
    Term,
    between,
    equal,
    known,
    one_of,
    ordered,
    plain,
    unknown_if,
)

MAXIMUM_FIGURE = 2**31 - 1
# Averages are shown with two decimals, and what is asked for is what is shown.
HALF_A_HUNDREDTH = 0.005


def ids(column: Any, description: str = "") -> Filter:
    """Return the filters of a column of ids."""
    metadata = {"description": description} if description else {}
    return equal(column, lambda: QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata=metadata))


def figures(column: Any, least: int = 0, most: int = MAXIMUM_FIGURE) -> Filter:
    """Return the filters of a column of whole numbers."""
    return ordered(column, lambda: QueryNumber(minimum=least, maximum=most))


def times(column: Any) -> Filter:
    """Return the filters of a column of moments."""
    return {
        **plain(QueryPeriod(), lambda period: column.between(*period)),
        **between(column, QueryTime, lambda: QueryTime(end_of_day=True)),
    }


def averages(column: Any, most: int) -> Filter:
    """Return the filters of a column of averages from 0 to ``most``, which count as shown."""

    def make() -> QueryDecimal:
        return QueryDecimal(maximum=most)

    def shown(value: float) -> ColumnElement[bool]:
        near: ColumnElement[bool] = column.between(value - HALF_A_HUNDREDTH, value + HALF_A_HUNDREDTH)
        return near

    bounds = between(column, make)
    return {
        **plain(make(), shown),
        **one_of(make, lambda values: or_(*[shown(value) for value in values])),
        FROM: Term(bounds[FROM].field, lambda value: column >= value - HALF_A_HUNDREDTH),
        TO: Term(bounds[TO].field, lambda value: column <= value + HALF_A_HUNDREDTH),
        **known(column),
    }


def texts(column: Any, maximum: int) -> Filter:
    """Return the filters of a column of texts that are not folded."""
    make = text_maker(maximum, "Case and accents count.")
    return {
        **equal(column, make),
        PREFIX: Term(make(), lambda text: begins_with(column, text)).described(
            "How it begins; case and accents count."
        ),
        **known(column),
    }


def names(
    column: Any, maximum: int, part: str, among: Callable[[ColumnElement[bool]], ColumnElement[bool]] = lambda it: it
) -> Filter:
    """Return the filters of a column of folded texts; the bare name asks for a part of them.

    Args:
        column: the folded texts.
        maximum: how long they are at most.
        part: says of what something is a part.
        among: makes the condition of the list from that of the column, where it is a column of another table.
    """
    make = text_maker(maximum)
    return {
        PLAIN: Term(
            Text(
                maximum=maximum,
                metadata={"description": f"Part of {part}. Blank filters nothing; accents alone occur in none."},
            ),
            lambda text: among(contains(column, text)) if text else None,
        ),
        EQUAL: Term(make(), lambda text: among(column == sort_key(text))).described(
            "The whole; case and accents do not count."
        ),
        **one_of(make, lambda given: among(column.in_([sort_key(text) for text in given]))),
        PREFIX: Term(make(), lambda text: among(begins_with(column, sort_key(text)))).described(
            "How it begins; case and accents do not count."
        ),
    }


def members(column: Any, make: FieldMaker) -> Filter:
    """Return the filters of a column of lists by what is in them."""
    return {
        **plain(make(), lambda value: column.contains([value])),
        **one_of(make, column.overlap),
        **unknown_if(func.cardinality(column) == 0, func.cardinality(column) > 0),
    }


def text_maker(maximum: int, description: str | None = None) -> FieldMaker:
    """Return what makes fields of texts that are not blank."""
    return lambda: Text(minimum=1, maximum=maximum, metadata={"description": description} if description else {})
