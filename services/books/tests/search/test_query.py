"""What texts of searches mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.search.query import Years, YearsMalformed, parse
from books_service.search.tsquery import tsquery


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it", "'it'"),
        ("The  ROAD", "'the' & 'road'"),
        ('"the road" mccarthy', "('the' <-> 'road') & 'mccarthy'"),
        ("\u201cthe road\u201d", "('the' <-> 'road')"),
        ('"never closed', "('never' <-> 'closed')"),
        ('a"b c"', "'a' & ('b' <-> 'c')"),
        ("tolk*", "'tolk':*"),
        ("king -stephen", "'king' & !('stephen')"),
        ('king -"stephen edwin"', "'king' & !(('stephen' <-> 'edwin'))"),
        ("+king", "'king'"),
        ("harry - potter", "'harry' & 'potter'"),
        ("author:king it", "'a:king' & 'it'"),
        ("Author: king", "'a:king'"),
        ('title:"the stand" -author:king', "('t:the' <-> 't:stand') & !('a:king')"),
        ("series:dune publisher:ace subject:desert", "'r:dune' & 'p:ace' & 's:desert'"),
        ("foo:bar", "'foo' & 'bar'"),
        ("subtitle:x", "'subtitle' & 'x'"),
        ("title:", "'title'"),
        ("J. K. Rowling", "(('j' <-> 'k') | 'jk') & 'rowling'"),
        ("catch-22", "(('catch' <-> '22') | 'catch22')"),
        ("ender's", "'enders'"),
        ("c++", "'c++'"),
        ("???", "'???'"),
        ("\u767e\u5e74", "('\u767e' <-> '\u5e74')"),
        ("-1", "'1'"),
        ("-foo -bar", "'foo' & 'bar'"),
        ("-", "'-'"),
        ("*", "'*'"),
    ],
)
def test_words_are_read_forgivingly(text, expected):
    assert tsquery(parse(text).parts) == expected


@pytest.mark.parametrize("text", ["", "  ", "-year:1990", "-lang:en"])
def test_nothing_to_look_for_is_an_empty_query(text):
    assert parse(text).is_empty


@pytest.mark.parametrize(
    "text",
    [
        "978-0-14-026886-7", "9780140268867", "0140268863", "0 14 026886 3", "ISBN 0-14-026886-3", "isbn:0140268863",
        "ISBN-13: 978 0 14 026886 7", "homer 978\u20110\u201114\u2011026886\u20117",
    ],
)  # fmt: skip
def test_an_isbn_is_known_in_any_form(text):
    assert parse(text).isbns == ["9780140268867"]


def test_a_number_that_is_no_isbn_is_a_word():
    assert tsquery(parse("0140268864").parts) == "'0140268864'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year:1990..2000", Years(1990, 2000)),
        ("year:1990-2000", Years(1990, 2000)),
        ("year:1990..", Years(1990, 9999)),
        ("year:..-400", Years(-9999, -400)),
        ("year:-400..-300", Years(-400, -300)),
        ("year:1999", Years(1999, 1999)),
    ],
)
def test_years_are_read(text, expected):
    assert parse(text).years == [expected]


@pytest.mark.parametrize("text", ["year:2000..1990", "year:abc", "year:..", "year:1990..x", "year:19900", "-year:x"])
def test_a_malformed_range_of_years_is_refused(text):
    with pytest.raises(YearsMalformed):
        parse(text)


def test_languages_are_read_in_any_spelling():
    assert parse("lang:eng language:pt_br lang:klingonese").languages == ["en", "pt-BR", "klingonese"]


@given(st.text(max_size=200))
def test_no_other_text_is_refused(text):
    try:
        tsquery(parse(text).parts)
    except YearsMalformed:
        assert "year" in text.lower()
