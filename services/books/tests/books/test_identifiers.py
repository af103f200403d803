"""Identifiers of other catalogues: one spelling for each, whatever was written."""

from __future__ import annotations

import pytest

from books_service.books.identifiers import BOOK_SCHEMES
from books_service.identifiers import IdentifierMalformed, shown_identifier


@pytest.mark.parametrize(
    ("scheme", "value", "stored"),
    [
        ("oclc", "1234", "oclc:1234"),
        ("OCLC", "(OCoLC)ocm00001234", "oclc:1234"),
        ("oclc", "(OCoLC) 1234", "oclc:1234"),
        ("oclc", "ocn123456789", "oclc:123456789"),
        ("oclc", "on1234567890", "oclc:1234567890"),
        ("oclc", "https://www.worldcat.org/oclc/1234", "oclc:1234"),
        ("oclc", "https://search.worldcat.org/title/1234", "oclc:1234"),
        # The examples of the LCCN namespace.
        ("lccn", "n78-890351", "lccn:n78890351"),
        ("lccn", "n78-89035", "lccn:n78089035"),
        ("lccn", "n 78890351 ", "lccn:n78890351"),
        ("lccn", " 85000002 ", "lccn:85000002"),
        ("lccn", "85-2 ", "lccn:85000002"),
        ("lccn", "2001-000002", "lccn:2001000002"),
        ("lccn", "75-425165//r75", "lccn:75425165"),
        ("lccn", " 79139101 /AC/r932", "lccn:79139101"),
        ("lccn", "https://lccn.loc.gov/2001000002", "lccn:2001000002"),
        ("doi", "10.1000/182", "doi:10.1000/182"),
        ("doi", "DOI: 10.1000/ABC", "doi:10.1000/abc"),
        ("doi", "https://doi.org/10.1000/ABC%3C1%3E", "doi:10.1000/abc<1>"),
        ("doi", "http://dx.doi.org/10.1000/182", "doi:10.1000/182"),
        (
            "doi",
            "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
            "doi:10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
        ),
        ("Goodreads", " 27  67052 ", "goodreads:27 67052"),
        ("ark", "ark:/12148/btv1b8449691v", "ark:ark:/12148/btv1b8449691v"),
    ],
)
def test_identifier_has_one_spelling(scheme, value, stored):
    assert BOOK_SCHEMES.normalise(scheme, value) == stored
    assert BOOK_SCHEMES.parse(f"{scheme}:{value}") == stored
    parts = shown_identifier(stored)
    assert BOOK_SCHEMES.normalise(parts["scheme"], parts["value"]) == stored


@pytest.mark.parametrize(
    ("scheme", "value", "member"),
    [
        ("", "1", "scheme"),
        ("a b", "1", "scheme"),
        ("1a", "1", "scheme"),
        ("x" * 31, "1", "scheme"),
        ("isbn", "9780441172719", "scheme"),
        ("oclc", "", "value"),
        ("oclc", "0", "value"),
        ("oclc", "12a", "value"),
        ("oclc", "\u0661", "value"),
        ("oclc", "1" * 16, "value"),
        ("lccn", "2001-0000021", "value"),
        ("lccn", "abcd85000002", "value"),
        ("lccn", "85-\u0662", "value"),
        ("doi", "11.1000/182", "value"),
        ("doi", "10.1000/", "value"),
        ("doi", "10.1000/a b", "value"),
        ("doi", "https://doi.org/10.1000/a%00", "value"),
        ("doi", "10.1000/" + "x" * 200, "value"),
        ("other", " ", "value"),
        ("other", "a\x00", "value"),
        ("other", "x" * 201, "value"),
    ],
)
def test_identifier_that_is_none_of_its_scheme_is_refused(scheme, value, member):
    with pytest.raises(IdentifierMalformed) as refused:
        BOOK_SCHEMES.normalise(scheme, value)

    assert refused.value.member == member
