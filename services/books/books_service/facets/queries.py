"""Counting what the books of a list have in common, in one statement of bounded work.

Up to ``COUNTED_EXACTLY`` books are all counted. Of more, those are that come first in the order of a hash of their ids:
as good as drawn by lot, and an index has that order. At most ``LOOKED_AT`` books of the catalogue are looked at for
them, however few meet the conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from books_service.authors.models import Author
from books_service.books.models import Book, BookAuthor, place_in_sample
from books_service.row_counts.queries import stored_rows
from servicekit import totals
from servicekit.database import DatabaseSession
from servicekit.totals import EXACT, Total

SHOWN = 20
LOOKED_AT = 10_000
SAMPLED = 5_000
# What the sample is called among the facets of a statement.
SAMPLE = ""

_BOOKS = Book.__table__
_CONTRIBUTORS = BookAuthor.__table__


@dataclass(frozen=True, slots=True)
class FacetValue:
    """What ``count`` books have in common; ``id`` is that of an author."""

    value: str | int
    count: int
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values of each facet, and whether all books were counted."""

    values: Mapping[str, Sequence[FacetValue]]
    exact: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One kind of what books may have in common.

    ``columns`` of a book are what ``count`` needs, which makes of books the columns value, id and books of a statement.
    ``read`` makes the value shown of the one counted.
    """

    columns: Sequence[str]
    count: Callable[[CTE], Select[Any]]
    description: str
    read: Callable[[str], str | int] = str


def _column(name: str) -> Callable[[CTE], Select[Any]]:
    return lambda books: _frequent(select(books.c[name].label("value")).where(books.c[name].is_not(None)))


def _decades(books: CTE) -> Select[Any]:
    decade = cast(func.floor(books.c.year / 10.0), BigInteger) * 10
    return _frequent(select(decade.label("value")).where(books.c.year.is_not(None)))


def _subjects(books: CTE) -> Select[Any]:
    subject = func.unnest(books.c.subjects).table_valued("value", name="subject").render_derived()
    return _frequent(select(subject.c.value).select_from(books.join(subject, true())))


def _authors(books: CTE) -> Select[Any]:
    # Looked up book by book: the planner would rather read all contributors of all books. Once each, in however many
    # roles.
    contributor = _fenced(select(_CONTRIBUTORS.c.author_id).distinct().where(_CONTRIBUTORS.c.book_id == books.c.id))
    count = func.count()
    frequent = (
        select(contributor.c.author_id, count.label("books"))
        .select_from(books.join(contributor, true()))
        .group_by(contributor.c.author_id)
        .order_by(count.desc(), contributor.c.author_id)
        .limit(SHOWN)
        .subquery()
    )
    return select(Author.name.label("value"), Author.id, frequent.c.books).join(
        frequent, frequent.c.author_id == Author.id
    )


FACETS: Mapping[str, Facet] = {
    "author": Facet((), _authors, "Contributors in whatever role, with their ids."),
    "subject": Facet(("subjects",), _subjects, "Subjects."),
    "language": Facet(("language",), _column("language"), "Languages as the books have them."),
    "decade": Facet(("year",), _decades, "Decades by their first year, such as 1990.", int),
    "publisher": Facet(("publisher",), _column("publisher"), "Publishers."),
    "series": Facet(("series_name",), _column("series_name"), "Series by name."),
}


def count_facets(
    session: DatabaseSession, conditions: Sequence[ColumnElement[bool]], names: Sequence[str], total: Total
) -> Facets:
    """Return the facets ``names``, which are in ``FACETS``, of the books that meet ``conditions``.

    ``total`` is how many there are, as ``total_of`` counts by itself: exact, or estimated because there are more than
    ``COUNTED_EXACTLY``.
    """
    exact = total.kind == EXACT and (total.rows or 0) <= totals.COUNTED_EXACTLY
    columns = [_BOOKS.c.id, *{_BOOKS.c[column] for name in names for column in FACETS[name].columns}]
    books = _all_books(conditions, columns) if exact else _sample(conditions, columns)
    parts = [_part(name, FACETS[name].count(books)) for name in names]
    rows = session.execute(union_all(*parts, *([] if exact else [_part(SAMPLE, _sampled(books))]))).all()
    factor = 1.0 if exact else _factor(total, *next((row.id, row.books) for row in rows if row.facet == SAMPLE))
    values: dict[str, list[FacetValue]] = {name: [] for name in names}
    for row in rows:
        if row.facet != SAMPLE:
            value = FACETS[row.facet].read(row.value)
            values[row.facet].append(FacetValue(value, round(row.books * factor), row.id))
    for found in values.values():
        found.sort(key=lambda value: (-value.count, value.value))
    return Facets(values, exact)


def _factor(total: Total, sampled: int, estimated: int | None) -> float:
    """Return for how many books each one of a sample stands."""
    rows = total.rows if total.kind == EXACT else estimated
    return (rows or 0) / sampled if sampled else 0.0


def _all_books(conditions: Sequence[ColumnElement[bool]], columns: Sequence[ColumnElement[Any]]) -> CTE:
    return select(*columns).where(*conditions).cte("books")


def _sample(conditions: Sequence[ColumnElement[bool]], columns: Sequence[ColumnElement[Any]]) -> CTE:
    """Return books that meet ``conditions`` with ``columns`` and the ``place`` at which each was found."""
    everything = _BOOKS.alias("everything")
    order = place_in_sample(everything.c.id)
    looked_at = (
        select(everything.c.id, order.label("key"), func.row_number().over(order_by=order).label("place"))
        .order_by(order)
        .limit(LOOKED_AT)
        .subquery("looked_at")
    )
    # Row by row: the planner, misled by the conditions, might rather read all books.
    book = _fenced(select(*columns).where(_BOOKS.c.id == looked_at.c.id, *conditions), "book")
    return (
        select(*book.c, looked_at.c.place)
        .select_from(looked_at.join(book, true()))
        .order_by(looked_at.c.key)
        .limit(SAMPLED)
        .cte("books")
    )


def _sampled(books: CTE) -> Select[Any]:
    """Return, as id, how many ``books`` the sample has, and how many it stands for."""
    sampled = func.count()
    catalogue = stored_rows(_BOOKS.name)
    # A sample that is full ends at its last book, another one where looking ended.
    looked_at = case((sampled >= SAMPLED, func.max(books.c.place)), else_=func.least(catalogue, LOOKED_AT))
    stands_for = cast(sampled * catalogue / func.nullif(looked_at, 0), BigInteger)
    columns: list[Any] = [cast(null(), Text).label("value"), sampled.label("id"), stands_for.label("books")]
    return select(*columns).select_from(books)


def _part(name: str, counted: Select[Any]) -> Select[Any]:
    found = counted.subquery()
    return select(
        literal(name, Text).label("facet"), cast(found.c.value, Text).label("value"), found.c.id, found.c.books
    )


def _frequent(values: Select[Any]) -> Select[Any]:
    """Return the most frequent of ``values``."""
    given = values.subquery()
    count = func.count()
    return (
        select(given.c.value, cast(null(), BigInteger).label("id"), count.label("books"))
        .group_by(given.c.value)
        .order_by(count.desc(), given.c.value)
        .limit(SHOWN)
    )


def _fenced(rows: Select[Any], name: str | None = None) -> Any:
    """Return ``rows`` as a subquery that is carried out for each row beside it, and not otherwise."""
    return rows.offset(0).lateral(name)
