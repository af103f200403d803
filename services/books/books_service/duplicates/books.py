"""When two books may be one: the same edition, or one that nobody tells from another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from books_service.duplicates.likeness import Likeness, weighed
from books_service.duplicates.names import compare_names
from books_service.folding import fold

SHARED_IDENTIFIER = "shared_identifier"
SAME_TITLE = "same_title"
SAME_MAIN_TITLE = "same_main_title"
SAME_AUTHOR = "same_author"
SIMILAR_AUTHOR = "similar_author"
NO_AUTHORS = "no_authors"
ISBN_MISSING = "isbn_missing"
SAME_YEAR = "same_year"
SAME_PAGE_COUNT = "same_page_count"
REASONS = (
    SHARED_IDENTIFIER,
    SAME_TITLE,
    SAME_MAIN_TITLE,
    SAME_AUTHOR,
    SIMILAR_AUTHOR,
    NO_AUTHORS,
    ISBN_MISSING,
    SAME_YEAR,
    SAME_PAGE_COUNT,
)

AUTHORS_DIFFER = "authors_differ"
SUBTITLES_DIFFER = "subtitles_differ"
ISBNS_DIFFER = "isbns_differ"
EDITIONS_OF_ONE_WORK = "editions_of_one_work"
YEARS_DIFFER = "years_differ"
LANGUAGES_DIFFER = "languages_differ"
SERIES_NUMBERS_DIFFER = "series_numbers_differ"
DOUBTS = {
    AUTHORS_DIFFER: 40,
    SUBTITLES_DIFFER: 20,
    ISBNS_DIFFER: 10,
    EDITIONS_OF_ONE_WORK: 40,
    YEARS_DIFFER: 10,
    LANGUAGES_DIFFER: 30,
    SERIES_NUMBERS_DIFFER: 40,
}

# The worth of a likeness of names from which on two authors count as one here.
_LIKELY = 60
_NO_LETTERS = re.compile(r"[\W_]+")
# As the function main_title of the migrations takes it off.
_ARTICLE = re.compile("^(the|a|an|der|die|das|le|la|les|el|los|las|il) ")


def compare_books(one: Mapping[str, Any], other: Mapping[str, Any], *, main_titles: bool) -> Likeness | None:
    """Return how likely two books, rows of ``books.queries.get_book``, are one; None when too little speaks for it.

    ``main_titles`` says whether these are the same in their letters.
    """
    reasons: dict[str, int] = {}
    doubts: list[str] = []
    if set(one["identifiers"]) & set(other["identifiers"]):
        reasons[SHARED_IDENTIFIER] = 60
    if main_titles:
        title, other_title = _letters(one), _letters(other)
        reasons.update({SAME_TITLE: 50} if title == other_title else {SAME_MAIN_TITLE: 30})
        if not (title.startswith(other_title) or other_title.startswith(title)):
            doubts.append(SUBTITLES_DIFFER)
    authors = _authors(one, other)
    if authors is not None:
        reasons.update(authors)
    elif SHARED_IDENTIFIER in reasons:
        doubts.append(AUTHORS_DIFFER)
    else:
        return None
    _compare_editions(one, other, reasons, doubts)
    return weighed(reasons, doubts, DOUBTS) if reasons else None


def _compare_editions(
    one: Mapping[str, Any], other: Mapping[str, Any], reasons: dict[str, int], doubts: list[str]
) -> None:
    if one["isbn_13"] is None or other["isbn_13"] is None:
        reasons[ISBN_MISSING] = 10
    else:
        # An ISBN names one book, so that these are two.
        doubts.append(ISBNS_DIFFER)
        if one["work_id"] is not None and one["work_id"] == other["work_id"]:
            doubts.append(EDITIONS_OF_ONE_WORK)
    for member, reason, doubt in (("year", SAME_YEAR, YEARS_DIFFER), ("page_count", SAME_PAGE_COUNT, None)):
        if one[member] is not None and other[member] is not None:
            if one[member] == other[member]:
                reasons[reason] = 5
            elif doubt:
                doubts.append(doubt)
    languages = [(book["language"] or "").partition("-")[0] for book in (one, other)]
    if all(languages) and languages[0] != languages[1]:
        doubts.append(LANGUAGES_DIFFER)
    numbers = {book["series_number"] for book in (one, other)}
    if None not in numbers and len(numbers) > 1:
        doubts.append(SERIES_NUMBERS_DIFFER)


def _authors(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, int] | None:
    """Return what the makers of two books speak for; None when they are others, or known of one book alone."""
    makers, others = ({row["id"]: row["name"] for row in book["contributors"]} for book in (one, other))
    if makers.keys() & others.keys():
        return {SAME_AUTHOR: 25}
    if not makers and not others:
        return {NO_AUTHORS: 5}
    for name in makers.values():
        for counterpart in others.values():
            alike = compare_names(_words(name), _words(counterpart))
            if alike and alike[1] >= _LIKELY:
                return {SIMILAR_AUTHOR: 15}
    return None


def _letters(book: Mapping[str, Any]) -> str:
    return _NO_LETTERS.sub("", _ARTICLE.sub("", fold(f"{book['title']} {book['subtitle'] or ''}")))


def _words(name: str) -> str:
    return _NO_LETTERS.sub(" ", fold(name)).strip()
