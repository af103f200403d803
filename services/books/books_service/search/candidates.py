"""The books that match a search, best first: the most popular of them, ranked.

The work is bounded whatever the number of books: so many candidates are ranked, and about so many are read to find
them. A word that few books hold leads to them by the index; of a commoner one the index gives only the books above a
level of popularity; for one that every tenth book holds the books are walked by popularity, which soon finds enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, REAL, TSQUERY
from sqlalchemy.sql.util import ClauseAdapter

from books_service.books.models import Book
from books_service.search.frequencies import counted_words
from books_service.search.levels import LEVELS
from books_service.search.query import Query
from books_service.search.tsquery import tsquery, tsquery_of
from books_service.search.vector import AUTHOR, SERIES, TITLE
from servicekit.database import DatabaseSession

CANDIDATES = 500
# Where nothing is ranked but by popularity, and where each of them is read in full to see whether it matches.
UNRANKED, CANDIDATES_OF_WALKS = 100, 200
# Words do not stand together by chance, so that more are asked for than are needed, and fewer are taken for enough.
EXPECTED, ENOUGH = 2 * CANDIDATES, CANDIDATES // 4
WIDER_BY_LEVELS = 3
# Above this share of all books, walking them by popularity finds the candidates sooner than the index of words.
COMMON_SHARE = 0.1
WALKED = 50_000
SAME_TITLES = 50

# Of descriptions, subjects and publishers, names, titles and series.
FIELD_WEIGHTS = (0.05, 0.2, 0.6, 1.0)
TITLE_IS_THAT, ALL_IN_TITLE, ALL_IN_AUTHORS, ALL_IN_SERIES, ALL_IN_HEADING = 1.0, 1.0, 2.0, 1.7, 0.8
SHARE_OF_TITLE, SHARE_OF_AUTHORS, SHARE_OF_HEADING = 2.0, 0.5, 1.5
BY_WORDS, BY_POPULARITY = 0.5, 0.25
# Title, series and authors.
HEADING = "AB"


class _Way(Enum):
    """How the most popular books that meet conditions are found: as the planner thinks best, or as we know better."""

    PLANNED, BY_WORDS, WALKED = range(3)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The books that were found.

    Attributes:
        ids: best first.
        complete: whether no other book matches.
        in_heading: whether the best one holds all words in title, series and authors.
    """

    ids: Sequence[int]
    complete: bool = True
    in_heading: bool = False


def find_candidates(session: DatabaseSession, query: Query, filters: Sequence[ColumnElement[bool]] = ()) -> Candidates:
    """Return the books that match ``query`` and meet ``filters``, best first."""
    conditions = [*_column_conditions(query), *filters]
    words = tsquery_of(query)
    if words is None:
        if query.parts and not conditions:
            return Candidates([])
        return _ranked(session, query, [*_without(query), *conditions])
    counted = counted_words(session)
    share = min(1.0, sum(counted.share(parts) for parts in query.readings))
    if share < COMMON_SHARE:
        level = counted.level(EXPECTED, share)
        while level:
            within = [by_index(words), reaches(level), *conditions]
            found = _ranked(session, query, within, way=_Way.BY_WORDS, whole=False)
            if len(found.ids) >= ENOUGH:
                return found
            level -= WIDER_BY_LEVELS
            level = level if level > 0 else None
        return _ranked(session, query, [by_index(words), *conditions], way=_Way.BY_WORDS)
    if conditions:
        # How common the other conditions are, only the planner knows.
        return _ranked(session, query, [holds(words), *conditions])
    found = _ranked(session, query, [holds(words)], way=_Way.WALKED)
    return found if len(found.ids) >= ENOUGH else _ranked(session, query, [by_index(words)], way=_Way.BY_WORDS)


def conditions_of(query: Query) -> list[ColumnElement[bool]]:
    """Return what a book must meet to match ``query``."""
    words = tsquery_of(query)
    return [*([holds(words)] if words else _without(query)), *_column_conditions(query)]


def holds(words: str, vector: Any = Book.search_vector) -> ColumnElement[bool]:
    """Return the condition that a book matches a ``tsquery``; the planner expects as many as it has counted."""
    condition: ColumnElement[bool] = vector.bool_op("@@")(cast(words, TSQUERY))
    return condition


def by_index(words: str) -> ColumnElement[bool]:
    """Return the same condition in a form that the planner expects few books of, so that it uses the index.

    It would take words to be independent of each other, and read everything for two common ones that never meet.
    """
    return Book.search_vector.bool_op("@@")(select(cast(words, TSQUERY)).scalar_subquery())


def reaches(level: int) -> ColumnElement[bool]:
    """Return the condition that a book is at least as popular as ``level`` says."""
    return literal_column(f"({LEVELS})", ARRAY(Integer)).bool_op("&&")(cast([level], ARRAY(Integer)))


def _without(query: Query) -> list[ColumnElement[bool]]:
    return [not_(holds(words)) for part in query.parts if (words := tsquery([part.included()]))]


def _column_conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.isbns:
        conditions.append(Book.isbn_13.in_(query.isbns))
    if query.years:
        conditions.append(or_(*(Book.year.between(years.first, years.last) for years in query.years)))
    if query.languages:
        conditions.append(or_(*(in_language(tag) for tag in query.languages)))
    conditions += [not_(Book.year.between(years.first, years.last)) for years in query.excluded_years]
    conditions += [not_(in_language(tag)) for tag in query.excluded_languages]
    return conditions


def in_language(tag: str) -> ColumnElement[bool]:
    """Return the condition of the books in a language; a bare one such as ``en`` has ``en-US`` in it."""
    if "-" in tag:
        return Book.language == tag
    return or_(Book.language == tag, Book.language.startswith(f"{tag}-", autoescape=True))


def _ranked(
    session: DatabaseSession,
    query: Query,
    conditions: Sequence[ColumnElement[bool]],
    *,
    way: _Way = _Way.PLANNED,
    whole: bool = True,
) -> Candidates:
    """Return the candidates among the books that meet ``conditions``.

    Args:
        session: where to ask.
        query: what they are ranked by.
        conditions: what they meet.
        way: how the most popular of them are found.
        whole: whether ``conditions`` leave out no book that matches.
    """
    limit = CANDIDATES_OF_WALKS if way is _Way.WALKED else CANDIDATES if query.wanted else UNRANKED
    popular = _best_known(conditions, way, limit)
    same = select(*_COLUMNS).where(Book.title_key == query.text, *conditions).limit(SAME_TITLES)
    found = union_all(popular, same).subquery("found")
    score, in_heading = _score(query, found.c)
    statement = select(found.c.id, in_heading).order_by(score.desc(), found.c.popularity.desc(), found.c.id.desc())
    rows = session.execute(statement).all()
    ids = list(dict.fromkeys(row[0] for row in rows))
    return Candidates(
        ids, complete=whole and way is not _Way.WALKED and len(ids) < limit, in_heading=bool(rows and rows[0][1])
    )


_COLUMNS = (Book.id, Book.title_key, Book.author_key, Book.popularity, Book.search_vector)


def _best_known(conditions: Sequence[ColumnElement[bool]], way: _Way, limit: int) -> Select[Any]:
    # By an expression the planner cannot walk the index of the column, as it would for want of a better guess.
    popularity = Book.popularity + 0 if way is _Way.BY_WORDS else Book.popularity
    in_order = Select[Any](*_COLUMNS).order_by(popularity.desc(), Book.id.desc())
    if way is not _Way.WALKED:
        return in_order.where(*conditions).limit(limit)
    walk = in_order.limit(WALKED).subquery("walk")
    adapted = [ClauseAdapter(walk).traverse(condition) for condition in conditions]
    walked: Select[Any] = select(*walk.c).where(*adapted).limit(limit)
    return walked


def _score(query: Query, book: Any) -> tuple[ColumnElement[float], ColumnElement[bool]]:
    """Return how well a book answers ``query``, and whether its title, series and authors hold all that is asked."""
    score: ColumnElement[float] = BY_POPULARITY * func.ln(1 + book.popularity)
    words = tsquery_of(query)
    if words is None:
        return score, true()

    def holds_all(**where: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = book.search_vector.bool_op("@@")(cast(tsquery_of(query, **where), TSQUERY))
        return condition

    plain = " ".join(word.text for part in query.wanted for word in part.words)
    title, author = func.char_length(book.title_key), func.coalesce(func.char_length(book.author_key), 0)

    def share_of(length: Any) -> ColumnElement[float]:
        # Of characters, for nothing tells how many words a title has.
        return func.least(1.0, float(len(plain)) / func.greatest(length, 1))

    rank = func.ts_rank(cast(FIELD_WEIGHTS, ARRAY(REAL)), book.search_vector, cast(words, TSQUERY))
    in_heading = holds_all(weights=HEADING)
    score += case((book.title_key == query.text, TITLE_IS_THAT), else_=0.0) + BY_WORDS * rank
    # The best reason counts: a book that has the word in more fields is no better answer.
    best = func.greatest(
        *(
            case((condition, value), else_=0.0)
            for condition, value in (
                (holds_all(field=TITLE), ALL_IN_TITLE + SHARE_OF_TITLE * share_of(title)),
                (holds_all(field=AUTHOR), ALL_IN_AUTHORS + SHARE_OF_AUTHORS * share_of(author)),
                (holds_all(field=SERIES), ALL_IN_SERIES),
                (in_heading, ALL_IN_HEADING + SHARE_OF_HEADING * share_of(title + author)),
            )
        )
    )
    return score + best, in_heading
