"""What a list of written ISBNs asks for, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from books_service.books import isbn
from books_service.books.representation import book_representation

MAXIMUM_ISBNS = 1_000
STATUSES = FOUND, UNKNOWN, INVALID = ("found", "unknown", "invalid")


@dataclass(frozen=True, slots=True)
class Written:
    """An ISBN as it was sent: either ``isbn_13`` is what it names, or ``problem`` says why it is none."""

    text: str
    isbn_13: str | None = None
    problem: str | None = None


def read_isbn(text: str) -> Written:
    """Return what ``text`` names; nothing is too wrong to get an answer."""
    # Normalising Unicode takes time that grows with the square of a run of combining characters.
    if len(text) > isbn.MAXIMUM_WRITTEN_CHARACTERS:
        return Written(text, problem=f"Not an ISBN: longer than {isbn.MAXIMUM_WRITTEN_CHARACTERS} characters.")
    try:
        return Written(text, isbn.normalise(text))
    except (isbn.IsbnMalformed, isbn.IsbnWrong) as error:
        return Written(text, problem=str(error))


def lookup_representation(isbns: Sequence[Written], books: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the results as the API shows them; ``books`` are rows of ``books.queries.get_book`` by ISBN-13."""
    shown = {isbn_13: book_representation(book) for isbn_13, book in books.items()}
    results = []
    for written in isbns:
        book = shown.get(written.isbn_13 or "")
        results.append(
            {
                "isbn": written.text,
                "isbn_13": written.isbn_13,
                "status": INVALID if written.problem else FOUND if book else UNKNOWN,
                "problem": written.problem,
                "book": book,
            }
        )
    return {"results": results}
