"""Identifiers in files: one column for all schemes, or one for each."""

from __future__ import annotations

from books_service.imports.columns import layout_of


def test_identifiers_of_all_columns_are_one_list(row_of):
    row = row_of(
        title="T",
        identifiers="oclc:(OCoLC)1; doi:10.1002/(SICI)1097;2-O ;lccn:85-2;",
        oclc="1; 2.0",
        lccn="n78-890351",
        doi="10.1002/a;b:c",
        goodreads="2767052",
    )

    assert row.values["identifiers"] == [
        "oclc:1",
        "doi:10.1002/(sici)1097;2-o",
        "lccn:85000002",
        "oclc:2",
        "lccn:n78890351",
        "doi:10.1002/a;b:c",
        "goodreads:2767052",
    ]
    assert row.findings == []


def test_identifier_that_breaks_a_rule_is_left_out_and_told(row_of, told):
    row = row_of(title="T", identifiers="oclc:x;7;isbn:9780441172719", doi="n/a", oclc=";".join(map(str, range(1, 23))))

    assert row.values["identifiers"] == [f"oclc:{number}" for number in range(1, 21)]
    assert [(finding.field, finding.value) for finding in row.findings] == [
        ("identifiers", "oclc:x;7"),
        ("identifiers", "isbn:9780441172719"),
        ("oclc", "21"),
        ("oclc", "22"),
        ("doi", "n/a"),
    ]


def test_goodbooks_has_series_in_titles_unless_a_column_says_otherwise():
    header = ["book_id", "goodreads_book_id", "isbn", "authors", "original_publication_year", "title", "language_code"]

    assert layout_of(header, {}, None).title_holds_series
    assert "goodreads" in layout_of(header, {}, None).positions
    assert not layout_of([*header, "series"], {}, None).title_holds_series
    assert not layout_of(["title", "authors"], {}, None).title_holds_series
