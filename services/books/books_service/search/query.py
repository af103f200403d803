"""What people type into a search, read forgivingly: there is no text that is not a search.

Words, "phrases", prefix*, -excluded, and field words such as author:tolkien or year:1990..2000. What is none of them,
such as a quote that is never closed or a field nobody knows, is read as words. Only a range of years that is none is
refused, for guessing would answer another question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import combinations

from books_service.books.isbn import IsbnMalformed, IsbnWrong, normalise
from books_service.books.languages import LanguageUnknown, normalise_language
from books_service.folding import fold
from books_service.search.vector import AUTHOR, PUBLISHER, SERIES, SUBJECT, TITLE
from books_service.search.words import Term, Word, terms

MAXIMUM_SEARCH_CHARACTERS = 200
# Of so many words some can be left out: the ways to do that are as many as the pairs of them.
MAXIMUM_RELAXED_WORDS = 10

FIELDS = {"title": TITLE, "author": AUTHOR, "subject": SUBJECT, "publisher": PUBLISHER, "series": SERIES}
ISBN, YEAR, LANGUAGES = "isbn", "year", ("lang", "language")
_NAMES = "|".join([*FIELDS, ISBN, YEAR, *LANGUAGES])
_PART = re.compile(
    rf"""(?P<sign>(?<!\S)[-+](?=[^\s+-]))?
    (?:(?<!\w)(?P<field>{_NAMES}):\ ?(?=\S))?
    (?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))""",
    re.VERBOSE,
)
_YEARS = re.compile(r"(?P<only>-?\d{1,4})|(?P<first>-?\d{1,4})?(?:\.\.\.?|(?<=\d)-(?=\d))(?P<last>-?\d{1,4})?")
# Groups of digits as they stand on books; a last X may follow.
_WRITTEN_ISBN = re.compile(r"(?<!\S)(?:isbn(?:-?1[03])?:? ?)?(?:\d[- ]?){9,12}[\dx](?!\S)")
EARLIEST, LATEST = -9999, 9999


class YearsMalformed(ValueError):
    """What follows ``year:`` is neither a year nor a range of years."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words to look for.

    Attributes:
        terms: the words.
        field: the letter of the only field to look in, None for all.
        phrase: whether the words stand one after the other.
        prefix: whether the last one is only the beginning of a word.
        excluded: whether books that hold them are left out.
        alternatives: words, side by side, that do as well.
        or_longer: whether longer words that begin with the last one do as well.
    """

    terms: tuple[Term, ...]
    field: str | None = None
    phrase: bool = False
    prefix: bool = False
    excluded: bool = False
    alternatives: tuple[tuple[str, ...], ...] = ()
    or_longer: bool = False

    @property
    def words(self) -> list[Word]:
        """Return the words of all terms."""
        return [word for term in self.terms for word in term.words]

    @property
    def is_plain(self) -> bool:
        """Return whether it is a word that was typed without any sign or field."""
        return not (self.field or self.phrase or self.excluded)

    def included(self) -> Part:
        """Return the same part as one that must hold."""
        return replace(self, excluded=False)


@dataclass(frozen=True, slots=True)
class Years:
    """Years from ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(slots=True)
class Query:
    """A search as it was understood.

    Attributes:
        text: what was typed, folded.
        parts: all of them must hold; those that are excluded must not.
        isbns: normalised; the book has one of them.
        years: the book is of one of them.
        languages: the book is in one of them.
        excluded_years: the book is of none of them.
        excluded_languages: the book is in none of them.
        left_out: how many of the plain words a book need not hold.
    """

    text: str
    parts: list[Part] = field(default_factory=list)
    isbns: list[str] = field(default_factory=list)
    years: list[Years] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    excluded_years: list[Years] = field(default_factory=list)
    excluded_languages: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def wanted(self) -> list[Part]:
        """Return the parts that are not excluded."""
        return [part for part in self.parts if not part.excluded]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is looked for; to leave out a year or a language is not to look for the rest."""
        return not (self.wanted or self.isbns or self.years or self.languages)

    @property
    def readings(self) -> list[list[Part]]:
        """Return the parts of which a book must hold one list: all parts, or all but the words that are left out."""
        plain = [number for number, part in enumerate(self.parts) if part.is_plain]
        return [
            [part for number, part in enumerate(self.parts) if number not in dropped]
            for dropped in combinations(plain, self.left_out)
        ]

    def relaxed(self, left_out: int) -> Query | None:
        """Return the same search for books that hold all plain words but ``left_out``, None without any word left."""
        plain = sum(part.is_plain for part in self.parts)
        if not left_out < plain <= MAXIMUM_RELAXED_WORDS:
            return None
        return replace(self, left_out=left_out)


def parse(text: str) -> Query:
    """Return what ``text`` asks for.

    Raises:
        YearsMalformed: ``year:`` without a year or a range of years whose end is not before its beginning.
    """
    folded = fold(text)
    query = Query(folded)
    rest = _WRITTEN_ISBN.sub(lambda match: _taken_isbn(query, match.group()), folded)
    plain: list[str] = []
    for match in _PART.finditer(rest):
        if match["sign"] is None and match["field"] is None and match["phrase"] is None and match["word"][-1] != "*":
            plain.append(match["word"])
        else:
            _take_plain(query, plain)
            _take(query, match)
    _take_plain(query, plain)
    if query.is_empty:
        # To leave something out of nothing is not meant: there are titles that begin with a minus.
        query.parts = [part.included() for part in query.parts]
    if query == Query(folded):
        # Nothing but signs, which may be the title.
        query.parts = [Part(tuple(terms(rest)))] if rest.strip() else []
    return query


def _take_plain(query: Query, words: list[str]) -> None:
    """Add neighbouring words, which are cut together: the initials ``J. K.`` are two words and one term."""
    if found := _words(" ".join(words)):
        query.parts += [Part((term,)) for term in found]
    words.clear()


def _take(query: Query, match: re.Match[str]) -> None:
    name, excluded = match["field"], match["sign"] == "-"
    written = match["phrase"] if match["phrase"] is not None else match["word"]
    if name == YEAR:
        (query.excluded_years if excluded else query.years).append(_years(written))
    elif name in LANGUAGES:
        (query.excluded_languages if excluded else query.languages).append(_language(written))
    elif name == ISBN and (isbn_13 := _isbn(written)) is not None and not excluded:
        query.isbns.append(isbn_13)
    elif found := _words(written):
        letter = FIELDS.get(name)
        if match["phrase"] is not None:
            query.parts.append(Part(tuple(found), letter, phrase=True, excluded=excluded))
        else:
            query.parts.append(Part(tuple(found), letter, prefix=written.endswith("*"), excluded=excluded))


def _words(text: str) -> list[Term]:
    """Return the terms of ``text``, none if it has nothing but signs: those between words mean nothing."""
    return terms(text) if any(character.isalnum() for character in text) else []


def _taken_isbn(query: Query, written: str) -> str:
    isbn_13 = _isbn(written)
    if isbn_13 is None:
        return written
    query.isbns.append(isbn_13)
    return " "


def _isbn(written: str) -> str | None:
    try:
        return normalise(written)
    except (IsbnMalformed, IsbnWrong):
        return None


def _years(written: str) -> Years:
    match = _YEARS.fullmatch(written)
    if match is None or written.strip(".") == "":
        raise YearsMalformed("Write year:1990, year:1990..2000, year:1990.. or year:..2000.")
    if match["only"]:
        return Years(int(match["only"]), int(match["only"]))
    years = Years(int(match["first"] or EARLIEST), int(match["last"] or LATEST))
    if years.first > years.last:
        raise YearsMalformed("The first year must not be after the last.")
    return years


def _language(written: str) -> str:
    try:
        return normalise_language(written)
    except LanguageUnknown:
        # No book has it.
        return written
