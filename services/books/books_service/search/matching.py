"""Which books a search finds, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Match:
    """What a search finds.

    Attributes:
        query: what was looked for in the end.
        best: the best books, all of them when it is complete.
        conditions: what a book meets that the search finds.
        corrected_to: the text that was searched for in place of one that finds nothing.
        did_you_mean: a text that finds something better known.
    """

    query: Query
    best: Candidates
    conditions: Sequence[ColumnElement[bool]]
    corrected_to: str | None = None
    did_you_mean: str | None = None

    def envelope(self) -> dict[str, Any]:
        """Return the member ``search`` of the envelope."""
        return {"corrected_to": self.corrected_to, "did_you_mean": self.did_you_mean}


def match(session: DatabaseSession, text: str) -> Match:
    """Return what the search ``text`` finds; nothing for a blank one.

    Words are taken as beginnings of words or corrected only when the text as it is finds nothing.

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
    if reading is None:
        return _matched(query, found)
    if found.ids:
        return _matched(query, found, did_you_mean=reading.text)
    return _matched(reading.query, find_candidates(session, reading.query), corrected_to=reading.text)


def _matched(query: Query, found: Candidates, **said: str | None) -> Match:
    # The ids themselves, where they are all: no statement that uses them has to find them again, or to guess their
    # number.
    conditions = [Book.id.in_(found.ids)] if found.complete else conditions_of(query)
    return Match(query, found, conditions, **said)
