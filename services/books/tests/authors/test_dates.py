"""Dates of lives in their one spelling."""

from __future__ import annotations

import pytest

from books_service.authors.dates import DateMalformed, comes_before, normalise_date


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("1564", "1564"),
        ("1564-04", "1564-04"),
        (" 1564-04-23 ", "1564-04-23"),
        ("65", "0065"),
        ("-750", "-0750"),
        ("\u2212750~", "-0750~"),
        ("-43-03-20", "-0043-03-20"),
        ("1900?", "1900?"),
        ("1900%", "1900%"),
        ("2000-02-29", "2000-02-29"),
        ("0", "0000"),
        ("-0", "0000"),
    ],
)
def test_date_has_one_spelling(written, normalised):
    assert normalise_date(written, 2026) == normalised
    assert normalise_date(normalised, 2026) == normalised


@pytest.mark.parametrize(
    "written",
    [
        "",
        "c. 1564",
        "1564-4-23",
        "1564/04",
        "1900-02-29",
        "1900-13",
        "1900-00",
        "1900-01-00",
        "2027",
        "-4001",
        "12345",
        "\u0661\u0669\u0660\u0660",
        "1900~?",
    ],
)
def test_what_is_no_date_is_refused(written):
    with pytest.raises(DateMalformed):
        normalise_date(written, 2026)


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ("1564", "1616", True),
        ("1616", "1564", False),
        ("-0043", "0017", True),
        ("-0008", "-0065", False),
        ("1900-01-02", "1900-01-01", False),
        ("1900-01-01", "1900-01-02~", True),
        ("1900", "1900-05-01", False),
        ("1900-05-01", "1900", False),
        ("1900-04-30", "1900-05", True),
    ],
)
def test_dates_are_compared_as_exactly_as_both_are_known(one, other, before):
    assert comes_before(one, other) is before
