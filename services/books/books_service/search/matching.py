"""Which books match a search, as conditions of statements."""

from __future__ import annotations

from sqlalchemy import ColumnElement, cast, false
from sqlalchemy.dialects.postgresql import TSQUERY

from books_service.books.models import Book
from books_service.search.vector import quoted
from books_service.search.words import terms


def holds_words(text: str) -> ColumnElement[bool]:
    """Return the condition that a book holds words that begin with each word of ``text``; false without any."""
    wanted = [quoted(word.text) + ":*" for term in terms(text) for word in term.words]
    if not wanted:
        return false()
    return Book.search_vector.bool_op("@@")(cast(" & ".join(wanted), TSQUERY))
