"""Which books a list holds: the table of its filters, and the query parameters as conditions of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from books_service.authors.models import AuthorName
from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.books import bounds
from books_service.books.identifiers import BOOK_SCHEMES
from books_service.books.models import Book, BookAuthor
from books_service.books.request_fields import IsbnBeginning, LanguageTag, QueryIsbn
from books_service.books.series import MAXIMUM_NUMBER_CHARACTERS, MAXIMUM_SERIES_CHARACTERS, key_range
from books_service.filter_terms import averages, figures, ids, members, names, text_maker, texts, times
from books_service.folding import sort_key
from books_service.identifier_fields import QueryIdentifier
from books_service.search.candidates import in_language
from books_service.search_words import begins_with
from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryNumber, Text
from servicekit.filters import PREFIX, Filter, Filters, Term, equal, known, one_of, plain, unknown_if

HIGHEST_RATING = 5
_YEARS = (-9999, 9999)


def book_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for; a blank text asks for none.

    Raises:
        ValidationFailed: a range that ends before it begins.
    """
    first, last = arguments.get("year_from"), arguments.get("year_to")
    if first is not None and last is not None and first > last:
        raise ValidationFailed(details={"year_from": ["Must not be after year_to."]})
    return BOOK_FILTERS.conditions(arguments)


def in_series(name: str) -> ColumnElement[bool]:
    """Return the condition of the books in the series ``name``; case and accents do not count."""
    first, end = key_range(name)
    return and_(Book.series_key >= first, Book.series_key < end)


def _by_authors(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of the books that have a contributor one of whose names meets ``condition``."""
    named = select(BookAuthor.book_id).join(AuthorName, AuthorName.author_id == BookAuthor.author_id).where(condition)
    return Book.id.in_(named)


def _by_author_ids(author_ids: list[int]) -> ColumnElement[bool]:
    return Book.id.in_(select(BookAuthor.book_id).where(BookAuthor.author_id.in_(author_ids)))


def _language() -> LanguageTag:
    return LanguageTag(metadata={"description": "BCP 47; a bare language such as en finds en-US, too."})


def _languages() -> Filter:
    return {
        **plain(_language(), in_language),
        **one_of(_language, lambda tags: or_(*[in_language(tag) for tag in tags])),
        **known(Book.language),
    }


def _author_ids() -> Filter:
    make = ids(BookAuthor.author_id, "Of a contributor, in whatever role.")
    return {
        operator: Term(term.field, lambda given: _by_author_ids(given if isinstance(given, list) else [given]))
        for operator, term in make.items()
    }


def _series() -> Filter:
    description = "The whole name of a series; case and accents do not count. Blank filters nothing."
    make = text_maker(MAXIMUM_SERIES_CHARACTERS)
    return {
        **plain(
            Text(maximum=MAXIMUM_SERIES_CHARACTERS, metadata={"description": description}),
            lambda name: in_series(name) if name else None,
        ),
        **one_of(make, lambda given: or_(*[in_series(name) for name in given])),
        PREFIX: Term(make(), lambda text: begins_with(Book.series_key, sort_key(text))).described(
            "How its name begins; case and accents do not count."
        ),
        **known(Book.series_key),
    }


def _year(description: str) -> QueryNumber:
    return QueryNumber(minimum=_YEARS[0], maximum=_YEARS[1], metadata={"description": description})


def _isbns() -> Filter:
    return {
        **equal(Book.isbn_13, QueryIsbn),
        PREFIX: Term(IsbnBeginning(), lambda digits: begins_with(Book.isbn_13, digits)),
        **known(Book.isbn_13),
    }


# Every member that a book shows has its line, but for what is made from others: isbn_10, version, etag and links.
BOOK_FILTERS = Filters(
    {
        "id": ids(Book.id),
        "title": names(Book.title_key, bounds.MAXIMUM_TITLE_CHARACTERS, "the title"),
        "subtitle": texts(Book.subtitle, bounds.MAXIMUM_SUBTITLE_CHARACTERS),
        "author": {
            **names(
                AuthorName.name_key, MAXIMUM_NAME_CHARACTERS, "a name or variant of a name of any author", _by_authors
            ),
            **known(Book.author_key),
        },
        "author_id": _author_ids(),
        "isbn": _isbns(),
        "year": {**figures(Book.year, *_YEARS), **known(Book.year)},
        "year_from": plain(_year("As `year.from`."), lambda year: Book.year >= year),
        "year_to": plain(_year("As `year.to`."), lambda year: Book.year <= year),
        "language": _languages(),
        "publisher": texts(Book.publisher, bounds.MAXIMUM_PUBLISHER_CHARACTERS),
        "description": unknown_if(func.num_nonnulls(Book.description) == 0, func.num_nonnulls(Book.description) == 1),
        "subject": members(Book.subjects, text_maker(bounds.MAXIMUM_SUBJECT_CHARACTERS, "Case and accents count.")),
        "series": _series(),
        "series_number": equal(Book.series_number, text_maker(MAXIMUM_NUMBER_CHARACTERS)),
        "identifier": members(Book.identifiers, lambda: QueryIdentifier(BOOK_SCHEMES)),
        "work_id": {**ids(Book.work_id, "Of which work the book is an edition."), **known(Book.work_id)},
        "page_count": {**figures(Book.page_count), **known(Book.page_count)},
        "average_rating": averages(Book.average_rating, HIGHEST_RATING),
        "ratings_count": {**figures(Book.ratings_count), **known(Book.ratings_count)},
        "reviews_count": figures(Book.reviews_count),
        "review_average": averages(Book.review_average, HIGHEST_RATING),
        "cover": known(Book.cover_name),
        "created_by": {**ids(Book.created_by, "The user who added it."), **known(Book.created_by)},
        "created_at": times(Book.created_at),
        "updated_at": times(Book.updated_at),
    }
)
