"""What a book is found by: its words with weights, as the text form of PostgreSQL's ``tsvector``.

Each word stands there twice, by itself for searches in everything, and with the letter of its field before it for
searches in that field; an index answers both without looking at the rows. Positions are kept for phrases.
"""

from __future__ import annotations

from collections.abc import Sequence

from books_service.search.words import Term, terms

TITLE, AUTHOR, SUBJECT, PUBLISHER, SERIES, DESCRIPTION = "t", "a", "s", "p", "r", "d"
# A word never holds it.
FIELD_MARK = ":"
WEIGHTS = {TITLE: "A", SERIES: "A", AUTHOR: "B", SUBJECT: "C", PUBLISHER: "C", DESCRIPTION: "D"}

# What PostgreSQL keeps of positions; it drops what is beyond, and the text would no longer be what it stores.
LAST_POSITION = 16_383
MAXIMUM_POSITIONS = 255
# No phrase reaches from one text to the next.
GAP = 10


def search_vector(
    *,
    title: str,
    subtitle: str | None = None,
    series: str | None = None,
    contributors: Sequence[str] = (),
    subjects: Sequence[str] = (),
    publisher: str | None = None,
    description: str | None = None,
) -> str:
    """Return the ``tsvector`` of a book, written as PostgreSQL writes it, so that equal ones compare as equal texts."""
    vector = _Vector()
    for field, texts in (
        (TITLE, (title, subtitle)),
        (SERIES, (series,)),
        (AUTHOR, contributors),
        (SUBJECT, subjects),
        (PUBLISHER, (publisher,)),
        (DESCRIPTION, (description,)),
    ):
        for text in texts:
            if text:
                vector.add(field, terms(text))
    return vector.written()


class _Vector:
    def __init__(self) -> None:
        self._positions: dict[str, dict[int, str]] = {}
        self._position = 0

    def add(self, field: str, text: Sequence[Term]) -> None:
        for term in text:
            first = self._position + 1
            for word in term.words:
                self._position += 1
                for form in (word.text, *word.pieces):
                    self._put(field, form, self._position)
            if term.joined is not None:
                self._put(field, term.joined, first)
        self._position += GAP

    def _put(self, field: str, word: str, position: int) -> None:
        if position > LAST_POSITION:
            return
        weight = WEIGHTS[field]
        # Descriptions have no searches of their own that need to be quick.
        for lexeme in (word,) if field == DESCRIPTION else (word, field + FIELD_MARK + word):
            positions = self._positions.setdefault(lexeme, {})
            if len(positions) < MAXIMUM_POSITIONS:
                positions.setdefault(position, weight)

    def written(self) -> str:
        return " ".join(
            f"{quoted(lexeme)}:{','.join(_position(*item) for item in positions.items())}"
            for lexeme, positions in sorted(self._positions.items(), key=lambda item: item[0].encode())
        )


def quoted(lexeme: str) -> str:
    """Return ``lexeme`` as it stands in the text form of a ``tsvector`` or ``tsquery``."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _position(position: int, weight: str) -> str:
    # D is what nothing is written for.
    return f"{position}{weight if weight != 'D' else ''}"
