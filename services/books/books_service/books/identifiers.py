"""Identifiers of other catalogues: a scheme and a value, stored as ``scheme:value`` in one spelling for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from books_service.folding import collapse

MAXIMUM_SCHEME_CHARACTERS = 30
MAXIMUM_VALUE_CHARACTERS = 200
# As written: an address around the value is longer than the value.
MAXIMUM_WRITTEN_CHARACTERS = 700
MAXIMUM_IDENTIFIERS = 20

_SCHEME = re.compile(r"[a-z][a-z0-9_-]*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
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


class IdentifierMalformed(ValueError):
    """The value is no identifier of its scheme; ``member`` is the one of ``scheme`` and ``value`` that is wrong."""

    def __init__(self, member: str, problem: str) -> None:
        self.member = member
        super().__init__(problem)


def normalise_identifier(scheme: str, value: str) -> str:
    """Return ``scheme:value`` in the spelling in which equal identifiers are equal.

    Numbers of OCLC are digits without prefix and leading zeros, those of the Library of Congress as its rules for
    normalised LCCNs say, DOIs in lower case (they are compared without case: DOI Handbook, 2.4), each also when written
    as an address. Any other scheme keeps its value as it is, white space collapsed.

    Raises:
        IdentifierMalformed: the scheme is no name, or the value none of its scheme.
    """
    name = scheme.strip().lower()
    if not _SCHEME.fullmatch(name) or len(name) > MAXIMUM_SCHEME_CHARACTERS:
        raise IdentifierMalformed(
            "scheme", f"A name such as oclc, lccn or doi: letters and digits, to {MAXIMUM_SCHEME_CHARACTERS}."
        )
    if name == "isbn":
        raise IdentifierMalformed("scheme", "The ISBN has a member of its own.")
    if _CONTROL.search(value):
        raise IdentifierMalformed("value", "Control characters are not allowed.")
    normalised = _NORMALISERS.get(name, collapse)(value)
    if not 1 <= len(normalised) <= MAXIMUM_VALUE_CHARACTERS:
        raise IdentifierMalformed("value", f"Must be 1 to {MAXIMUM_VALUE_CHARACTERS} characters long.")
    return f"{name}:{normalised}"


def parse_identifier(written: str) -> str:
    """Return what ``scheme:value`` in any spelling is in that of ``normalise_identifier``.

    Raises:
        IdentifierMalformed: as ``normalise_identifier``, and when there is no colon.
    """
    scheme, separator, value = written.partition(":")
    if not separator:
        raise IdentifierMalformed("scheme", "Must be scheme:value, such as oclc:1234 or doi:10.1000/182.")
    return normalise_identifier(scheme, value)


def shown_identifier(stored: str) -> dict[str, str]:
    """Return a stored identifier as its two parts."""
    scheme, _, value = stored.partition(":")
    return {"scheme": scheme, "value": value}


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
    if not _DOI.fullmatch(doi) or _CONTROL.search(doi):
        raise IdentifierMalformed("value", "Not a DOI, such as 10.1000/182.")
    return doi


_NORMALISERS: dict[str, Callable[[str], str]] = {"oclc": _oclc, "lccn": _lccn, "doi": _doi}
