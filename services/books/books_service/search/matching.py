"""Which books a search finds, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, false

from books_service.books.models import Book
from books_service.search.candidates import Candidates, conditions_of, find_candidates
from books_service.search.corrections import other_reading
from books_service.search.query import Query, YearsMalformed, parse
from servicekit.database import DatabaseSession
from servicekit.envelope import ValidationFailed

# With fewer books, all of them for another reason than their title, series or authors, something else may be meant.
FEW = 3
MAXIMUM_LEFT_OUT = 2


@dataclass(frozen=True, slots=True)
class Match:
    """What a search finds.

    Attributes:
        query: what was looked for in the end.
        best: the best books, all of them when it is complete.
        conditions: what a book meets that the search finds.
        corrected_to: the text that was searched for in place of one that finds nothing.
        did_you_mean: a text that finds something better known.
        relaxed: whether books were taken that do not hold all words, since none does.
    """

    query: Query
    best: Candidates
    conditions: Sequence[ColumnElement[bool]]
    corrected_to: str | None = None
    did_you_mean: str | None = None
    relaxed: bool = False

    def envelope(self) -> dict[str, Any]:
        """Return the member ``search`` of the envelope."""
        return {
            "corrected_to": self.corrected_to,
            "did_you_mean": self.did_you_mean,
            "relaxed": self.relaxed,
        }


def match(session: DatabaseSession, text: str) -> Match:
    """Return what the search ``text`` finds; nothing for a blank one.

    Words are taken as beginnings of words or corrected only when the text as it is finds nothing, and left out only
    when that finds nothing either.

    Raises:
        ValidationFailed: a malformed range of years.
    """
    try:
        query = parse(text)
    except YearsMalformed as error:
        raise ValidationFailed(details={"search": [str(error)]}) from error
    if query.is_empty:
        return Match(query, Candidates([]), [false()])
    found = find_candidates(session, query)
    if len(found.ids) >= FEW or found.in_heading:
        return _matched(query, found)
    reading = other_reading(session, query)
    if found.ids:
        return _matched(query, found, did_you_mean=reading.text if reading else None)
    if reading is None:
        return _relaxed(session, query) or _matched(query, found)
    corrected = find_candidates(session, reading.query)
    if corrected.ids:
        return _matched(reading.query, corrected, corrected_to=reading.text)
    return _relaxed(session, query) or _matched(reading.query, corrected)


def _relaxed(session: DatabaseSession, query: Query) -> Match | None:
    """Return the match of books that hold all plain words but one, or two when they are few; None without any."""
    found: Match | None = None
    for left_out in range(1, MAXIMUM_LEFT_OUT + 1):
        relaxed = query.relaxed(left_out)
        if relaxed is None or (found and len(found.best.ids) >= FEW):
            break
        best = find_candidates(session, relaxed)
        if best.ids:
            # Who holds more of the words comes first.
            before = found.best.ids if found else ()
            ids = list(dict.fromkeys([*before, *best.ids]))
            found = replace(_matched(relaxed, replace(best, ids=ids)), relaxed=True)
    return found


def _matched(query: Query, found: Candidates, **said: Any) -> Match:
    # The ids themselves, where they are all: no statement that uses them has to find them again, or to guess their
    # number.
    conditions = [Book.id.in_(found.ids)] if found.complete else conditions_of(query)
    return Match(query, found, conditions, **said)
