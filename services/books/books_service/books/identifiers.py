"""Identifiers of books in other catalogues."""

from __future__ import annotations

import re
from urllib.parse import unquote

from books_service.folding import collapse
from books_service.identifiers import CONTROL, IdentifierMalformed, Schemes

_OCLC = re.compile(
    r"(?:https?://(?:www\.|search\.)?worldcat\.org/(?:oclc|title)/|\(ocolc\)|oclc:?)?\s*(?:ocm|ocn|on)?\s*0*([1-9][0-9]{0,14})/?",
    re.IGNORECASE,
)
_LCCN_ADDRESS = re.compile(r"(?:https?://lccn\.loc\.gov/|info:lccn/|lccn:?)\s*", re.IGNORECASE)
_LCCN = re.compile(r"(?:[a-z]{0,3}|[a-z]{0,2}[0-9]{2})[0-9]{8}")
_LCCN_SERIAL_DIGITS = 6
_DOI_ADDRESS = re.compile(r"https?://(?:dx\.|www\.)?doi\.org/", re.IGNORECASE)
_DOI_LABEL = re.compile(r"(?:info:doi/|doi:)\s*", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")


def _oclc(value: str) -> str:
    found = _OCLC.fullmatch(value.strip())
    if found is None:
        raise IdentifierMalformed("value", "Not an OCLC number: digits, also after (OCoLC), ocm, ocn or on.")
    return found[1]


def _lccn(value: str) -> str:
    """Return the normalised LCCN (https://www.loc.gov/marc/lccn-namespace.html)."""
    number = "".join(_LCCN_ADDRESS.sub("", value.strip(), count=1).split()).lower().partition("/")[0]
    prefix, hyphen, serial = number.partition("-")
    if hyphen:
        number = prefix + serial.zfill(_LCCN_SERIAL_DIGITS)
    if not _LCCN.fullmatch(number):
        raise IdentifierMalformed("value", "Not a number of the Library of Congress, such as 2001-000002 or n78890351.")
    return number


def _doi(value: str) -> str:
    doi = collapse(value)
    if address := _DOI_ADDRESS.match(doi):
        doi = unquote(doi[address.end() :])
    doi = _DOI_LABEL.sub("", doi, count=1).lower()
    if not _DOI.fullmatch(doi) or CONTROL.search(doi):
        raise IdentifierMalformed("value", "Not a DOI, such as 10.1000/182.")
    return doi


# Numbers of OCLC are digits without prefix and leading zeros, those of the Library of Congress as its rules for
# normalised LCCNs say, DOIs in lower case (they are compared without case: DOI Handbook, 2.4); each also when written
# as an address.
BOOK_SCHEMES = Schemes(
    {"oclc": _oclc, "lccn": _lccn, "doi": _doi},
    names="oclc, lccn or doi",
    examples="oclc:1234 or doi:10.1000/182",
    refused={"isbn": "The ISBN has a member of its own."},
)
