"""ISBNs: any written form in, thirteen digits out (ISO 2108; the ISBN Users' Manual, 7th edition)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from stdnum import ean, isbn

MAXIMUM_WRITTEN_CHARACTERS = 40
PREFIXES = ("978", "979")

# "ISBN 10" before a space is left alone: there are ISBNs that begin with 10.
_LABEL = re.compile(r"^ISBN(?:-?1[03](?=[: ])| 1[03](?=:))?[: ]*", re.IGNORECASE)
# Hyphen-minus, the hyphens and dashes of Unicode, the minus sign, and white space.
_SEPARATORS = re.compile("[-\u00ad\u2010-\u2015\u2212\\s]+")
_TEN = re.compile("[0-9]{9}[0-9X]")
_THIRTEEN = re.compile("[0-9]{13}")


class IsbnMalformed(ValueError):
    """The text is not the writing of an ISBN at all."""


class IsbnWrong(ValueError):
    """The text is written like an ISBN and cannot be one: its check digit or its prefix is wrong."""


def compact(written: str) -> str:
    """Return ``written`` without label, separators and compatibility forms, in capitals."""
    text = _LABEL.sub("", unicodedata.normalize("NFKC", written).strip())
    return _SEPARATORS.sub("", text).upper()


def normalise(written: str) -> str:
    """Return the ISBN-13 that ``written`` names, thirteen digits.

    Raises:
        IsbnMalformed: it is not ten or thirteen digits (the tenth of ten may be X) but for separators and a label.
        IsbnWrong: the check digit does not fit, or thirteen digits start with neither 978 nor 979.
    """
    number = compact(written)
    if _TEN.fullmatch(number):
        if not isbn.is_valid(number):
            raise IsbnWrong("The check digit of the ISBN is wrong.")
        return str(isbn.to_isbn13(number))
    if not _THIRTEEN.fullmatch(number):
        raise IsbnMalformed("Not an ISBN: 10 or 13 digits are needed, hyphens and spaces aside.")
    if not number.startswith(PREFIXES):
        raise IsbnWrong("An ISBN of 13 digits starts with 978 or 979.")
    if not ean.is_valid(number):
        raise IsbnWrong("The check digit of the ISBN is wrong.")
    return number


@lru_cache(maxsize=20_000)
def isbn_10(isbn_13: str) -> str | None:
    """Return the ISBN-10 of a normalised ISBN-13, None for prefix 979, which has none."""
    return str(isbn.to_isbn10(isbn_13)) if isbn_13.startswith("978") else None
