"""Identifiers of authors in the one spelling of their schemes."""

from __future__ import annotations

import pytest

from books_service.authors.identifiers import AUTHOR_SCHEMES
from books_service.identifiers import IdentifierMalformed


@pytest.mark.parametrize(
    ("scheme", "written", "stored"),
    [
        ("viaf", "95155403", "viaf:95155403"),
        ("VIAF", "https://viaf.org/viaf/95155403/", "viaf:95155403"),
        ("isni", "0000 0001 2281 955X", "isni:000000012281955X"),
        ("isni", "https://isni.org/isni/000000012281955x", "isni:000000012281955X"),
        ("isni", "ISNI 0000 0001 2281 955X", "isni:000000012281955X"),
        ("orcid", "https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("orcid", "0000000218250097", "orcid:0000-0002-1825-0097"),
        ("wikidata", "https://www.wikidata.org/wiki/q692", "wikidata:Q692"),
        ("gnd", " 11859305X ", "gnd:11859305X"),
    ],
)
def test_identifier_has_one_spelling(scheme, written, stored):
    assert AUTHOR_SCHEMES.normalise(scheme, written) == stored
    assert AUTHOR_SCHEMES.parse(f"{scheme}:{written}") == stored
    assert AUTHOR_SCHEMES.parse(stored) == stored


@pytest.mark.parametrize(
    ("scheme", "written", "member"),
    [
        ("viaf", "0", "value"),
        ("viaf", "\u0661", "value"),
        ("isni", "000000012281955", "value"),
        ("isni", "0000000122819551", "value"),
        ("orcid", "0000-0002-1825-0098", "value"),
        ("orcid", "https://example.org/0000-0002-1825-0097", "value"),
        ("wikidata", "692", "value"),
        ("gnd", " ", "value"),
        ("a b", "1", "scheme"),
        ("", "1", "scheme"),
        ("x" * 31, "1", "scheme"),
    ],
)
def test_what_is_no_identifier_is_refused(scheme, written, member):
    with pytest.raises(IdentifierMalformed) as refused:
        AUTHOR_SCHEMES.normalise(scheme, written)

    assert refused.value.member == member
