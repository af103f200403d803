"""Which books a list holds: the query parameters as conditions of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from books_service.authors.models import Author
from books_service.books import isbn
from books_service.books.models import Book, BookAuthor
from books_service.books.series import key_range
from books_service.search.matching import holds_words
from books_service.search_words import contains, search_words
from servicekit.envelope import ValidationFailed


def book_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for; a blank text asks for none.

    Raises:
        ValidationFailed: a range of years that ends before it begins, or too many words to search for.
    """
    conditions = [_contains_word(word) for word in search_words(arguments.get("search", ""))]
    if title := arguments.get("title"):
        conditions.append(contains(Book.title_key, title))
    if author := arguments.get("author"):
        conditions.append(Book.id.in_(_books_of_authors_like(author)))
    if "language" in arguments:
        conditions.append(_in_language(arguments["language"]))
    if "isbn" in arguments:
        conditions.append(Book.isbn_13 == arguments["isbn"])
    if series := arguments.get("series"):
        conditions.append(in_series(series))
    if "identifier" in arguments:
        conditions.append(Book.identifiers.contains([arguments["identifier"]]))
    return conditions + _year_conditions(arguments)


def _contains_word(word: str) -> ColumnElement[bool]:
    """Return the condition that a text of the book holds a word that begins with ``word``, or that it is the ISBN."""
    in_text = holds_words(word)
    try:
        return or_(in_text, Book.isbn_13 == isbn.normalise(word))
    except (isbn.IsbnMalformed, isbn.IsbnWrong):
        return in_text


def _books_of_authors_like(author: str) -> Any:
    return (
        select(BookAuthor.book_id)
        .join(Author, Author.id == BookAuthor.author_id)
        .where(contains(Author.name_key, author))
    )


def in_series(name: str) -> ColumnElement[bool]:
    """Return the condition of the books in the series ``name``; case and accents do not count."""
    first, end = key_range(name)
    return and_(Book.series_key >= first, Book.series_key < end)


def _in_language(tag: str) -> ColumnElement[bool]:
    if "-" in tag:
        return Book.language == tag
    return or_(Book.language == tag, Book.language.like(f"{tag}-%"))


def _year_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    first, last = arguments.get("year_from"), arguments.get("year_to")
    if first is not None and last is not None and first > last:
        raise ValidationFailed(details={"year_from": ["Must not be after year_to."]})
    conditions = []
    if "year" in arguments:
        conditions.append(Book.year == arguments["year"])
    if first is not None:
        conditions.append(Book.year >= first)
    if last is not None:
        conditions.append(Book.year <= last)
    return conditions
