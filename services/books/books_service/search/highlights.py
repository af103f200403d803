"""What of a book answers a search: its texts with the words of the search marked, as HTML.

Texts are cut as they are for the index. Their words are looked for in the folded text, and marked in the original.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from books_service.folding import fold
from books_service.search.query import Part, Query
from books_service.search.vector import AUTHOR, DESCRIPTION, PUBLISHER, SERIES, SUBJECT, TITLE
from books_service.search.words import Word, placed_terms
from servicekit.lists import ListPage

BEFORE_FIRST_MARK, FRAGMENT_CHARACTERS = 60, 240
ELLIPSIS = "\u2026"

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word of a text, or several that are written together: where it is, and under which forms it is found."""

    forms: tuple[str, ...]
    place: Place
    joined: bool = False


def highlights(query: Query, book: Mapping[str, Any]) -> dict[str, str]:
    """Return those texts of a row of ``get_book`` that hold words of ``query``, as HTML with the words in ``mark``.

    Of the description, only the part around the first of them.
    """
    people = ", ".join(contributor["name"] for contributor in book["contributors"])
    texts = (
        ("title", TITLE, book["title"]),
        ("subtitle", TITLE, book["subtitle"]),
        ("series", SERIES, book["series_name"]),
        ("authors", AUTHOR, people),
        ("publisher", PUBLISHER, book["publisher"]),
        ("subjects", SUBJECT, ", ".join(book["subjects"])),
    )
    shown = {
        name: _html(text, marks, (0, len(text)))
        for name, field, text in texts
        if text and (marks := _marks(query, field, text))
    }
    description = book["description"]
    if description and (marks := _marks(query, DESCRIPTION, description)):
        shown["description"] = _html(description, marks, _fragment(description, marks[0]))
    return shown


def with_highlights(query: Query, rows: Sequence[Mapping[str, Any]], page: ListPage) -> ListPage:
    """Return ``page`` with a member ``highlights`` in each of its items, which show ``rows``."""
    items = [{**item, "highlights": highlights(query, row)} for item, row in zip(page.items, rows, strict=True)]
    return replace(page, items=items)


def _marks(query: Query, field: str, text: str) -> list[Place]:
    """Return the places of ``text`` to mark, in their order, none overlapping."""
    folded, origins = _folded(text)
    placed = list(_placed(folded))
    places: set[Place] = set()
    for part in dict.fromkeys(query.wanted):
        if part.field in (None, field):
            places.update(_places(part, placed))
    marks: list[Place] = []
    for first, end in sorted(places):
        begin, stop = origins[first], origins[end - 1] + 1
        while stop < len(text) and unicodedata.combining(text[stop]):
            stop += 1
        if marks and begin <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(stop, marks[-1][1]))
        else:
            marks.append((begin, stop))
    return marks


def _folded(text: str) -> tuple[str, list[int]]:
    """Return ``text`` folded, and for each character of that the place of the one that it comes from."""
    folded: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        made = " " if character.isspace() else fold(character)
        folded.append(made)
        origins += [place] * len(made)
    return "".join(folded), origins


def _placed(folded: str) -> Iterator[_Placed]:
    """Yield the words of a folded text, and after those of a compound the compound."""
    for term, places in placed_terms(folded):
        words = [_Placed((word.text, *word.pieces), place) for word, place in zip(term.words, places, strict=True)]
        if term.joined is not None:
            whole = (places[0][0], places[-1][1])
            words.append(_Placed((term.joined,), whole, joined=True))
        yield from words


def _places(part: Part, placed: Sequence[_Placed]) -> Iterator[Place]:
    if part.phrase:
        yield from _side_by_side(part.words, placed, prefix=part.prefix)
        return
    for number, term in enumerate(part.terms):
        prefix = part.prefix and number == len(part.terms) - 1
        yield from _side_by_side(term.words, placed, prefix=prefix)
        if term.joined is not None:
            yield from _side_by_side([Word(term.joined)], placed, prefix=prefix)


def _side_by_side(words: Sequence[Word], placed: Sequence[_Placed], *, prefix: bool) -> Iterator[Place]:
    """Yield where ``words`` stand one after the other, the last one as a beginning if it is a ``prefix``."""
    if len(words) == 1:
        for found in placed:
            if _is(found, words[0].text, prefix=prefix):
                yield found.place
        return
    single = [found for found in placed if not found.joined]
    for start in range(len(single) - len(words) + 1):
        run = single[start : start + len(words)]
        if all(
            _is(found, word.text, prefix=prefix and number == len(words) - 1)
            for number, (found, word) in enumerate(zip(run, words, strict=True))
        ):
            yield from (found.place for found in run)


def _is(found: _Placed, word: str, *, prefix: bool) -> bool:
    return any(form.startswith(word) if prefix else form == word for form in found.forms)


def _fragment(text: str, mark: Place) -> Place:
    """Return the part of ``text`` around ``mark``, cut between words."""
    if len(text) <= FRAGMENT_CHARACTERS:
        return 0, len(text)
    begin = max(0, min(mark[0] - BEFORE_FIRST_MARK, len(text) - FRAGMENT_CHARACTERS))
    end = max(min(begin + FRAGMENT_CHARACTERS, len(text)), mark[1])
    if begin:
        begin = max(text.find(" ", begin, mark[0]) + 1, begin)
    if end < len(text):
        space = text.rfind(" ", mark[1], end)
        end = space if space >= 0 else end
    return begin, end


def _html(text: str, marks: Sequence[Place], part: Place) -> str:
    begin, end = part
    made = [ELLIPSIS] if begin else []
    place = begin
    for first, stop in marks:
        if first < begin or stop > end:
            continue
        made += [escape(text[place:first]), "<mark>", escape(text[first:stop]), "</mark>"]
        place = stop
    made.append(escape(text[place:end]))
    if end < len(text):
        made.append(ELLIPSIS)
    return "".join(made)
