"""What people meant who typed a word that no book holds: words of the catalogue that are written almost alike.

Words one slip away are looked up as they are, others by their trigrams. Which of them was meant, the books decide: the
words that stand together in one book, and in a popular one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Row, bindparam, func, select, union
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from books_service.books.models import Book
from books_service.search.candidates import by_index, reaches
from books_service.search.distance import distance, one_slip_away
from books_service.search.frequencies import counted_words
from books_service.search.models import SearchWord
from books_service.search.query import Part, Query
from books_service.search.tsquery import marked, tsquery
from books_service.search.words import Term, Word
from servicekit.database import DatabaseSession

# The list of words has none that are shorter.
SHORTEST_WORD = 3
# So many letters leave enough trigrams to find them by.
SHORTEST_BY_TRIGRAMS = 5
SHORTEST_OF_TWO_SLIPS, SHORTEST_OF_THREE_SLIPS = 5, 9
MAXIMUM_CORRECTED_WORDS = 8
ALTERNATIVES, SIMILAR, COMPARED_BOOKS = 24, 30, 100
# What a slip weighs against popularity.
COST_OF_SLIP, COST_OF_FIRST_LETTER, COST_OF_LONGER, COST_OF_SPLIT = 1.5, 0.5, 0.8, 1.0
BY_POPULARITY = 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """A search in other words.

    Attributes:
        query: what is looked for.
        text: it as people would type it, None when words were only read as beginnings of longer ones.
    """

    query: Query
    text: str | None


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a word may have been meant as, and how unlikely that is."""

    words: tuple[str, ...]
    cost: float
    prefix: bool = False


def other_reading(session: DatabaseSession, query: Query) -> Reading | None:
    """Return the likeliest search, other than itself, that was meant by ``query``; None when no book answers any."""
    words = list(dict.fromkeys(part.words[0].text for part in query.wanted if _is_correctable(part)))
    words = words[:MAXIMUM_CORRECTED_WORDS]
    if not words:
        return None
    known = _look_up(session, words)
    choices = {word: _choices(word, known) for word in words}
    parts = [_widened(part, choices[part.words[0].text]) if _is_among(part, words) else part for part in query.parts]
    rows = _compared_books(session, parts)
    readings = [_chosen(query, choices, frozenset(lexemes), popularity) for popularity, lexemes in rows]
    others = [reading for reading in readings if any(choice.cost for choice in reading[1].values())]
    if not others:
        return None
    chosen = max(others, key=lambda pair: pair[0])[1]
    return _reading(query, chosen)


def _compared_books(session: DatabaseSession, parts: Sequence[Part]) -> Sequence[Row[int, list[str]]]:
    """Return popularity and lexemes of the most popular books that hold ``parts``."""
    condition = by_index(tsquery(parts) or "")
    statement = (
        select(Book.popularity, func.tsvector_to_array(Book.search_vector))
        .where(condition)
        # Not the column itself, as for candidates.
        .order_by((Book.popularity + 0).desc(), Book.id.desc())
        .limit(COMPARED_BOOKS)
    )
    counted = counted_words(session)
    level = counted.level(2 * COMPARED_BOOKS, counted.share(parts))
    if level is not None and (rows := session.execute(statement.where(reaches(level))).all()):
        return rows
    return session.execute(statement).all()


def _is_correctable(part: Part) -> bool:
    if part.excluded or part.phrase or part.prefix or len(part.words) != 1:
        return False
    word = part.words[0].text
    return len(word) >= SHORTEST_WORD and word[0].isalnum() and not word.isdigit()


def _is_among(part: Part, words: Collection[str]) -> bool:
    return _is_correctable(part) and part.words[0].text in words


def _look_up(session: DatabaseSession, words: Sequence[str]) -> set[str]:
    """Return the words of the catalogue that are like one of ``words``."""
    literal_ones = sorted({form for word in words for form in _forms(word)})
    found = [select(SearchWord.word).where(SearchWord.word == func.any(bindparam("forms", literal_ones, ARRAY(TEXT))))]
    for number, word in enumerate(words):
        if len(word) >= SHORTEST_BY_TRIGRAMS:
            given = bindparam(f"word_{number}", word, TEXT)
            similar = (
                select(SearchWord.word)
                .where(SearchWord.word.op("OPERATOR(extensions.%)", is_comparison=True)(given))
                .order_by(func.extensions.similarity(SearchWord.word, given).desc())
                .limit(SIMILAR)
                .subquery(f"similar_{number}")
            )
            found.append(select(similar.c.word))
    return set(session.execute(union(*found)).scalars())


def _forms(word: str) -> Iterator[str]:
    yield word
    yield from one_slip_away(word)
    for halves in _halves(word):
        yield from halves


def _halves(word: str) -> Iterator[tuple[str, str]]:
    for place in range(SHORTEST_WORD, len(word) - SHORTEST_WORD + 1):
        yield word[:place], word[place:]


def _choices(word: str, known: set[str]) -> list[_Choice]:
    limit = 1 + (len(word) >= SHORTEST_OF_TWO_SLIPS) + (len(word) >= SHORTEST_OF_THREE_SLIPS)
    choices = [_Choice((word,), COST_OF_LONGER, prefix=True)]
    for other in known:
        slips = distance(word, other, limit)
        if 0 < slips <= limit:
            cost = slips * COST_OF_SLIP + (COST_OF_FIRST_LETTER if word[0] != other[0] else 0)
            choices.append(_Choice((other,), cost))
    choices += [_Choice(halves, COST_OF_SPLIT) for halves in _halves(word) if known.issuperset(halves)]
    choices.sort(key=lambda choice: (choice.cost, choice.words))
    return [_Choice((word,), 0.0), *choices[: ALTERNATIVES + 1]]


def _widened(part: Part, choices: Sequence[_Choice]) -> Part:
    others = tuple(choice.words for choice in choices if not choice.prefix and choice.cost)
    return replace(part, alternatives=others, or_longer=True)


def _chosen(
    query: Query, choices: Mapping[str, Sequence[_Choice]], lexemes: Collection[str], popularity: int
) -> tuple[float, dict[str, _Choice]]:
    """Return the cheapest choices that a book answers, and how likely that book was meant."""
    chosen: dict[str, _Choice] = {}
    for part in query.wanted:
        if _is_among(part, choices):
            word = part.words[0].text
            fitting = [choice for choice in choices[word] if _fits(choice, part.field, lexemes)]
            if fitting:
                chosen[word] = min(fitting, key=lambda choice: choice.cost)
    return BY_POPULARITY * math.log1p(popularity) - sum(choice.cost for choice in chosen.values()), chosen


def _fits(choice: _Choice, field: str | None, lexemes: Collection[str]) -> bool:
    marks = [marked(word, field) for word in choice.words]
    if choice.prefix:
        return any(lexeme.startswith(marks[0]) for lexeme in lexemes)
    return all(mark in lexemes for mark in marks)


def _reading(query: Query, chosen: Mapping[str, _Choice]) -> Reading:
    parts = []
    text = query.text
    for part in query.parts:
        choice = chosen.get(part.words[0].text) if _is_correctable(part) else None
        if choice is None:
            parts.append(part)
            continue
        parts.append(Part(tuple(Term((Word(word),)) for word in choice.words), part.field, prefix=choice.prefix))
        if not choice.prefix:
            text = re.sub(rf"(?<!\w){re.escape(part.words[0].text)}(?!\w)", " ".join(choice.words), text)
    return Reading(replace(query, text=text, parts=parts), text if text != query.text else None)
