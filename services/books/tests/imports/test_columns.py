"""Which column of a file holds what."""

from __future__ import annotations

import pytest

from books_service.imports.columns import layout_of
from books_service.imports.errors import ImportImpossible

GOODBOOKS = [
    "book_id",
    "goodreads_book_id",
    "isbn",
    "isbn13",
    "authors",
    "original_publication_year",
    "original_title",
    "title",
    "language_code",
    "average_rating",
    "ratings_count",
]


def test_columns_of_the_classics_are_known():
    layout = layout_of(["title", "authors", "year", "language", "subjects"], {}, None)

    assert layout.positions == {"title": 0, "authors": 1, "year": 2, "language": 3, "subjects": 4}
    assert layout.author_separator == ";"
    assert not layout.isbn_may_lack_prefix


def test_columns_of_goodbooks_are_known_and_its_damaged_isbn13_is_not_used():
    layout = layout_of(GOODBOOKS, {}, None)

    assert {field: GOODBOOKS[position] for field, position in layout.positions.items()} == {
        "key": "book_id",
        "title": "title",
        "authors": "authors",
        "isbn": "isbn",
        "year": "original_publication_year",
        "language": "language_code",
        "average_rating": "average_rating",
        "ratings_count": "ratings_count",
        "goodreads": "goodreads_book_id",
    }
    assert layout.author_separator == ","
    assert layout.isbn_may_lack_prefix


def test_names_are_compared_without_case_and_white_space():
    assert layout_of([" Title ", "ISBN13"], {}, None).positions == {"title": 0, "isbn": 1}


def test_named_columns_replace_the_known_names():
    layout = layout_of(["title", "name", "creators"], {"title": "Name", "authors": "creators"}, "/")

    assert layout.positions == {"title": 1, "authors": 2}
    assert layout.author_separator == "/"


def test_separator_that_is_given_has_the_last_word():
    assert layout_of(GOODBOOKS, {}, "|").author_separator == "|"


@pytest.mark.parametrize(
    ("header", "named", "message"),
    [
        (["name", "year"], {}, "There is no column for the title.*the file has: name, year"),
        (["title"], {"year": "when"}, "There is no column 'when' for year; the file has: title"),
        (["title", "Title"], {}, "The column 'title' is there more than once."),
        (["x" * 1000], {}, "x{500} \\.\\.\\.$"),
    ],
)
def test_columns_that_cannot_be_used_are_refused(header, named, message):
    with pytest.raises(ImportImpossible, match=message):
        layout_of(header, named, None)


def test_column_that_is_there_twice_and_not_used_does_no_harm():
    assert layout_of(["title", "x", "x"], {}, None).positions == {"title": 0}
