"""Reading CSV files, whatever is in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.imports.errors import ImportImpossible
from books_service.imports.reading import MAXIMUM_ROW_CHARACTERS, CsvFile, Row

HEADER = b"title,year\n"


def rows_of(content, header=HEADER):
    return list(CsvFile(io.BytesIO(header + content)).rows())


def told(rows):
    return [row.cells[0] if isinstance(row, Row) else row.reason for row in rows]


def test_rows_know_their_number_and_line():
    rows = rows_of(b'"two\nlines",1\n\nnext,2\n')

    assert [(row.number, row.line, row.cells) for row in rows] == [
        (2, 2, ["two\nlines", "1"]),
        (3, 5, ["next", "2"]),
    ]


@pytest.mark.parametrize("header", [b"\xef\xbb\xbftitle,year\n", b"title,year\r\n", b'"title",year\n'])
def test_header_may_have_a_byte_order_mark_and_any_line_end(header):
    file = CsvFile(io.BytesIO(header + b"It,1986\r\n"))

    assert file.header == ["title", "year"]
    assert [row.cells for row in file.rows()] == [["It", "1986"]]
    assert file.bytes_read == len(header) + 9


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"\xff\xfet\x00i\x00", "The header cannot be read: the row holds a NUL character."),
        (b"titl\xe9,year\n", "The header cannot be read: the row is not UTF-8."),
        (b'"title,year\n', "The header cannot be read: a quoted value does not end."),
        (b"x" * 600_000, "The header cannot be read: the row is longer than 131,072 characters."),
        (bytes(range(256)) * 4, "The header cannot be read: the row holds a NUL character."),
    ],
)
def test_file_without_a_header_that_can_be_read_is_refused(content, reason):
    with pytest.raises(ImportImpossible, match=reason):
        CsvFile(io.BytesIO(content))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"one\n", "the row has 1 columns, the header has 2"),
        (b"one,2,3\n", "the row has 3 columns, the header has 2"),
        (b"on\xffe,2\n", "the row is not UTF-8"),
        (b"one,\x00\n", "the row holds a NUL character"),
        (b'"one"two,2\n', "a quotation mark stands where none may be"),
        (b'"never closed,2\n', "a quoted value does not end"),
        (b"one\rtwo,2\n", "a quotation mark stands where none may be"),
        (b"x" * (MAXIMUM_ROW_CHARACTERS + 1) + b",2\n", "the row is longer than 131,072 characters"),
        (b"x" * 5_000_000 + b",2\n", "the row is longer than 131,072 characters"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bad_row_spoils_no_other(bad, reason):
    rows = rows_of(b"before,1\n" + bad + b"after,2\nlast,3\n")

    assert told(rows) == ["before", reason, "after", "last"]
    assert [row.number for row in rows] == [2, 3, 4, 5]
    assert [row.line for row in rows] == [2, 3, 4, 5]


def test_quotation_mark_that_is_never_closed_swallows_nothing():
    many = b"".join(b"book %d,%d\n" % (number, number) for number in range(20_000))

    rows = rows_of(b'"oops,1\n' + many)

    assert told(rows) == ["a quoted value does not end"] + [f"book {number}" for number in range(20_000)]


def test_quotation_marks_that_are_not_closed_in_many_rows_swallow_nothing():
    rows = rows_of(b'"oops,1\nfine,2\n' * 50 + b'"a ""quoted"" word, and a comma",3\n')

    assert told(rows).count("fine") == 50
    assert told(rows)[-1] == 'a "quoted" word, and a comma'


def test_quoted_value_that_ends_in_a_later_row_swallows_nothing():
    rows = rows_of(b'"oops,1\nfine,2\nalso "fine",3\n"last",4\n')

    assert told(rows)[1:] == ["fine", 'also "fine"', "last"]


def test_rows_of_white_space_are_no_rows():
    assert told(rows_of(b"one,1\n   \n\t\ntwo,2\n\n")) == ["one", "two"]


def test_last_row_needs_no_line_end():
    assert told(rows_of(b"one,1")) == ["one"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_to_the_end(content):
    rows = rows_of(content)

    assert [row.number for row in rows] == list(range(2, len(rows) + 2))


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)).filter(lambda row: row[0].strip()), max_size=20))
def test_what_the_csv_module_writes_is_read_as_it_was(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    read = rows_of(text.getvalue().replace("\0", "").encode("utf-8", "ignore"))

    clean = [[value.replace("\0", "").encode("utf-8", "ignore").decode() for value in row] for row in rows]
    assert [row.cells for row in read] == clean
