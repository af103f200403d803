"""Searches as PostgreSQL's ``tsquery``, written as text from our own words, so that no parser of it cuts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from books_service.search.query import Part, Query
from books_service.search.vector import FIELD_MARK, quoted
from books_service.search.words import Term


def tsquery(parts: Iterable[Part], *, field: str | None = None, weights: str = "") -> str | None:
    """Return what books must match to hold ``parts``, None when nothing has to be held.

    Args:
        parts: what is looked for and what is excluded.
        field: the field of parts that name none; None is every field.
        weights: letters of the only weights that words may have, any of them when empty.
    """
    parts = list(parts)
    wanted = [_of_part(part, field, weights) for part in parts if not part.excluded]
    if not wanted:
        return None
    return " & ".join([*wanted, *(f"!({_of_part(part, field, weights)})" for part in parts if part.excluded)])


def tsquery_of(query: Query, *, field: str | None = None, weights: str = "") -> str | None:
    """Return what books must match to hold the words of ``query``, as ``tsquery`` does."""
    readings = [words for parts in query.readings if (words := tsquery(parts, field=field, weights=weights))]
    if len(readings) < 2:
        return readings[0] if readings else None
    return " | ".join(f"({words})" for words in readings)


def lexemes(part: Part) -> list[tuple[str, bool]]:
    """Return each word of ``part`` as the vector of a book holds it, and whether it is only the beginning of one."""
    last = len(part.words) - 1
    return [(marked(word.text, part.field), part.prefix and number == last) for number, word in enumerate(part.words)]


def marked(word: str, field: str | None) -> str:
    """Return ``word`` as the vector of a book holds it, of any field when ``field`` is None."""
    return f"{field}{FIELD_MARK}{word}" if field else word


def _of_part(part: Part, field: str | None, weights: str) -> str:
    field = part.field or field
    alternatives = [_of_words(part, field, weights)]
    alternatives += [_side_by_side(words, field, weights, prefix=False) for words in part.alternatives]
    if part.or_longer:
        alternatives.append(_lexeme(part.words[-1].text, field, weights, prefix=True))
    return alternatives[0] if len(alternatives) == 1 else f"({' | '.join(alternatives)})"


def _of_words(part: Part, field: str | None, weights: str) -> str:
    if part.phrase:
        return _side_by_side([word.text for word in part.words], field, weights, prefix=part.prefix)
    last = len(part.terms) - 1
    return " & ".join(
        _of_term(term, field, weights, prefix=part.prefix and number == last) for number, term in enumerate(part.terms)
    )


def _of_term(term: Term, field: str | None, weights: str, *, prefix: bool) -> str:
    together = _side_by_side([word.text for word in term.words], field, weights, prefix=prefix)
    if term.joined is None:
        return together
    return f"({together} | {_lexeme(term.joined, field, weights, prefix=prefix)})"


def _side_by_side(words: Sequence[str], field: str | None, weights: str, *, prefix: bool) -> str:
    lexemes = [_lexeme(word, field, weights, prefix=False) for word in words[:-1]]
    lexemes.append(_lexeme(words[-1], field, weights, prefix=prefix))
    return lexemes[0] if len(lexemes) == 1 else f"({' <-> '.join(lexemes)})"


def _lexeme(word: str, field: str | None, weights: str, *, prefix: bool) -> str:
    label = ("*" if prefix else "") + weights
    return quoted(marked(word, field)) + (f":{label}" if label else "")
