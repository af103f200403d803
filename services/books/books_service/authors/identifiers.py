"""Identifiers of authors in registers and other catalogues."""

from __future__ import annotations

import re

from stdnum import isni

from books_service.identifiers import IdentifierMalformed, Schemes

_VIAF = re.compile(r"(?:https?://(?:www\.)?viaf\.org/(?:viaf/)?)?([1-9][0-9]{0,21})/?", re.IGNORECASE)
_WIKIDATA = re.compile(
    r"(?:https?://(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/)?(Q[1-9][0-9]{0,11})/?", re.IGNORECASE
)
_ORCID_ADDRESS = re.compile(r"(?:https?://(?:www\.)?orcid\.org/|orcid:?\s*)", re.IGNORECASE)
_ISNI_ADDRESS = re.compile(r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?|isni:?\s*)", re.IGNORECASE)


def _viaf(value: str) -> str:
    found = _VIAF.fullmatch(value.strip())
    if found is None:
        raise IdentifierMalformed("value", "Not a number of VIAF, such as 96994048.")
    return found[1]


def _wikidata(value: str) -> str:
    found = _WIKIDATA.fullmatch(value.strip())
    if found is None:
        raise IdentifierMalformed("value", "Not an item of Wikidata, such as Q692.")
    return found[1].upper()


def _isni(value: str) -> str:
    """Return the sixteen characters of an ISNI (ISO 27729), without spaces as in its address."""
    return _checked("an ISNI", _ISNI_ADDRESS.sub("", value.strip(), count=1))


def _orcid(value: str) -> str:
    """Return an ORCID iD with its hyphens, which belong to it; it is one of the numbers of ISNI."""
    digits = _checked("an ORCID iD", _ORCID_ADDRESS.sub("", value.strip(), count=1))
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def _checked(what: str, number: str) -> str:
    if not isni.is_valid(number):
        raise IdentifierMalformed("value", f"Not {what}: 16 characters, of which the last one is a check digit.")
    return str(isni.compact(number))


# Each also when written as an address.
AUTHOR_SCHEMES = Schemes(
    {"viaf": _viaf, "isni": _isni, "orcid": _orcid, "wikidata": _wikidata},
    names="viaf or orcid",
    examples="viaf:96994048 or wikidata:Q692",
)
