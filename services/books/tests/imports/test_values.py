"""From cells to values: what is repaired, what is left out, what is rejected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from books_service.imports.values import RowRejected


def test_row_of_all_fields_gives_their_values(row_of):
    row = row_of(
        key="7",
        title=" The  Book ",
        subtitle="A Subtitle",
        authors="Ann  One; Ben Two;;",
        isbn="0-8044-2957-X",
        year="-750.0",
        language="eng",
        publisher="Press",
        description=" First.\r\nSecond. ",
        subjects="war; peace ;War",
        page_count="412.0",
        average_rating="4.34",
        ratings_count="4780653",
    )

    assert row.values == {
        "title": "The Book",
        "subtitle": "A Subtitle",
        "isbn_13": "9780804429573",
        "year": -750,
        "language": "en",
        "publisher": "Press",
        "description": "First.\nSecond.",
        "subjects": ["war", "peace"],
        "page_count": 412,
        "average_rating": 4.34,
        "ratings_count": 4780653,
    }
    assert row.authors == ["Ann One", "Ben Two"]
    assert row.key == "key:7"
    assert [finding.value for finding in row.findings] == ["War"]


def test_fields_that_the_file_does_not_have_are_not_touched(row_of):
    row = row_of(title="T")

    assert row.values == {"title": "T"}
    assert row.authors is None


def test_empty_cells_are_unknown_values_without_a_word(row_of):
    cells = (
        "subtitle",
        "authors",
        "isbn",
        "year",
        "language",
        "description",
        "subjects",
        "page_count",
        "ratings_count",
    )
    row = row_of(title="T", **dict.fromkeys(cells, "  "))

    assert row.findings == []
    assert row.authors == []
    assert {value for name, value in row.values.items() if name not in ("title", "subjects")} == {None}


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("", "the title is missing"),
        (" \t", "the title is missing"),
        ("x" * 201, "the title is longer than 200 characters"),
        ("a\x07b", "the title holds control characters"),
    ],
)
def test_row_without_a_good_title_is_rejected(row_of, title, reason):
    with pytest.raises(RowRejected, match=reason):
        row_of(title=title)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("year", "c. 1850", "not a whole number"),
        ("year", "1850.5", "not a whole number"),
        ("year", "-4001", f"not from -4000 to {max(2030, datetime.now(UTC).year + 2)}"),
        ("year", "9999", f"not from -4000 to {max(2030, datetime.now(UTC).year + 2)}"),
        ("year", "\u0661\u0662", "not a whole number"),
        ("year", "9" * 500, "not a whole number"),
        ("year", "nan", "not a whole number"),
        ("language", "english", "not a language tag"),
        ("language", "x" * 5000, "not a language tag"),
        ("page_count", "0", "not from 1 to 50000"),
        ("page_count", "many", "not a whole number"),
        ("average_rating", "nan", "not a rating from 0 to 999"),
        ("average_rating", "-1", "not a rating from 0 to 999"),
        ("average_rating", "1e5", "not a rating from 0 to 999"),
        ("ratings_count", "4294967296", "not from 0 to 2147483647"),
        ("ratings_count", "-1", "not from 0 to 2147483647"),
        ("publisher", "x" * 201, "longer than 200 characters"),
        ("publisher", "a\x00", "control characters"),
        ("subtitle", "x" * 201, "longer than 200 characters"),
        ("description", "x" * 2001, "longer than 2000 characters"),
        ("description", "a\x1bb", "control characters"),
        ("authors", "x" * 101, "longer than 100 characters"),
        ("authors", "a\x01", "control characters"),
        ("subjects", "x" * 101, "longer than 100 characters"),
    ],
)
def test_value_that_breaks_a_rule_is_left_out_and_told(row_of, told, field, value, reason):
    row = row_of(title="T", **{field: value})

    assert told(row.findings) == [f"{field} left out: {reason}"]
    assert row.findings[0].value == value
    assert len(row.findings[0].shown_value()) <= 203
    assert not row.values.get(field)
    assert not row.authors


def test_authors_beyond_fifty_are_left_out(row_of, told):
    row = row_of(title="T", authors=";".join(f"Author {number}" for number in range(52)))

    assert len(row.authors) == 50
    assert told(row.findings) == ["authors left out: more than 50"] * 2


def test_author_named_twice_is_named_once(row_of, told):
    row = row_of(title="T", authors="Louis Sachar, LOUIS  SACHAR", separator=",")

    assert row.authors == ["Louis Sachar"]
    assert told(row.findings) == ["authors left out: named twice"]


@pytest.mark.parametrize(
    ("written", "isbn_13", "said"),
    [
        ("0439023483", "9780439023481", []),
        ("439023483", "9780439023481", ["isbn repaired: leading zeros put back"]),
        ("61120081", "9780061120084", ["isbn repaired: leading zeros put back"]),
        ("7442912", "9780007442911", ["isbn repaired: leading zeros put back"]),
        ("439023483.0", "9780439023481", ["isbn repaired: leading zeros put back"]),
        ("43965548X", "9780439655484", ["isbn repaired: leading zeros put back"]),
        ("978-0-439-02348-1", "9780439023481", []),
        ("979-10-90636-07-1", "9791090636071", []),
        ("439023484", None, ["isbn left out: wrong check digit or prefix"]),
        ("9780439023480", None, ["isbn left out: wrong check digit or prefix"]),
        ("9770439023481", None, ["isbn left out: wrong check digit or prefix"]),
        ("9.78043902348e+12", None, ["isbn left out: not 10 or 13 digits"]),
        ("123456", None, ["isbn left out: not 10 or 13 digits"]),
        ("none", None, ["isbn left out: not 10 or 13 digits"]),
        ("9380658797", None, ["isbn left out: wrong check digit or prefix"]),
    ],
)
def test_isbn_is_repaired_where_a_check_digit_proves_it(row_of, told, written, isbn_13, said):
    row = row_of(title="T", isbn=written)

    assert row.values["isbn_13"] == isbn_13
    assert told(row.findings) == said


@pytest.mark.parametrize(
    ("written", "isbn_13", "said"),
    [
        ("9380658797", "9789380658797", ["isbn repaired: prefix 978 put back"]),
        ("152061548", "9780152061548", ["isbn repaired: prefix 978 put back"]),
        ("812971060", None, ["isbn left out: wrong check digit or prefix"]),
        ("439023483", "9780439023481", ["isbn repaired: leading zeros put back"]),
    ],
)
def test_isbn_of_goodbooks_may_be_the_end_of_thirteen_digits(row_of, told, written, isbn_13, said):
    row = row_of(title="T", isbn=written, isbn_may_lack_prefix=True)

    assert row.values["isbn_13"] == isbn_13
    assert told(row.findings) == said


def test_rows_without_key_are_known_by_title_authors_and_year(row_of):
    first = row_of(title="T", authors="Ann", year="1", language="en")

    assert first.key.startswith("row:")
    assert row_of(title="U", authors="Ann", year="1", language="en").key != first.key
    again = row_of(title="T", authors="Ann", year="1", language="de")
    assert again.key == first.key.replace("row:", "row2:")
    assert again.digest != first.digest


def test_second_row_with_a_key_is_numbered(row_of):
    assert [row_of(key="5", title=title).key for title in "abc"] == ["key:5", "key2:5", "key3:5"]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\x07"])
def test_key_that_cannot_be_used_is_as_none(row_of, key):
    assert row_of(key=key, title="T").key.startswith("row:")
