"""Lists of what a search finds, the best first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from books_service.books.models import Book
from books_service.books.queries import books_in_order
from books_service.search.candidates import Candidates, find_candidates
from books_service.search.matching import Match
from servicekit.cursors import CursorInvalid
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest
from servicekit.pagination import MAXIMUM_PAGE
from servicekit.totals import EXACT, NONE, NOT_ASKED, Total, total_of

RELEVANCE = "relevance"
# Counting what words match takes longer than finding the best of it.
COUNTED_EXACTLY = 2_000

_CURSOR = re.compile(r"([0-9]{1,9})-([0-9a-f]{12})")


def list_by_relevance(
    session: DatabaseSession, found: Match, filters: Sequence[ColumnElement[bool]], request: ListRequest
) -> ListPage:
    """Return a page of the books that ``found`` finds and that meet ``filters``, as rows of ``get_book``.

    The candidates come in their order, and after them, which takes longer, the others by popularity.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of this search.
    """
    best = _within(session, found, filters)
    offset = request.offset if request.cursor is None else _place_of(request.cursor, found.query.text)
    wanted = request.per_page + 1
    ids = list(best.ids[offset : offset + wanted])
    if len(ids) < wanted and not best.complete:
        ids += _beyond(session, best, [*found.conditions, *filters], max(offset - len(best.ids), 0), wanted - len(ids))
    following = offset + request.per_page
    return ListPage(
        books_in_order(session, ids[: request.per_page]),
        request,
        _cursor(following, found.query.text) if len(ids) == wanted else None,
        _total(session, best, [*found.conditions, *filters], request),
    )


def _within(session: DatabaseSession, found: Match, filters: Sequence[ColumnElement[bool]]) -> Candidates:
    if not filters or not found.best.ids:
        return found.best
    if not found.best.complete:
        return find_candidates(session, found.query, filters)
    left = set(session.execute(select(Book.id).where(*found.conditions, *filters)).scalars())
    return Candidates([book_id for book_id in found.best.ids if book_id in left])


def _beyond(
    session: DatabaseSession, best: Candidates, conditions: Sequence[ColumnElement[bool]], offset: int, limit: int
) -> Sequence[int]:
    return (
        session.execute(
            select(Book.id)
            .where(*conditions, Book.id.not_in(best.ids))
            .order_by(Book.popularity.desc(), Book.id.desc())
            .offset(offset)
            .limit(limit)
        )
        .scalars()
        .all()
    )


def _total(
    session: DatabaseSession, best: Candidates, conditions: Sequence[ColumnElement[bool]], request: ListRequest
) -> Total:
    if request.total == NONE:
        return NOT_ASKED
    if best.complete:
        return Total(len(best.ids), EXACT)
    return total_of(session, Book.__table__, conditions, request.total, exactly=COUNTED_EXACTLY)


def _cursor(place: int, text: str) -> str:
    """Return a cursor for ``place`` in the list that the search ``text`` finds: the order has no key but the place."""
    digest = hashlib.blake2b(f"{place} {text}".encode(), digest_size=6).hexdigest()
    return f"{place}-{digest}"


def _place_of(cursor: str, text: str) -> int:
    match = _CURSOR.fullmatch(cursor)
    if match is None or _cursor(int(match[1]), text) != cursor or int(match[1]) > MAXIMUM_PAGE:
        raise CursorInvalid
    return int(match[1])
