"""Series: the name and number under which a book stands in one, and the order that they make."""

from __future__ import annotations

import re

from books_service.folding import sort_key

MAXIMUM_SERIES_CHARACTERS = 200
MAXIMUM_NUMBER_CHARACTERS = 30

# Stands between name and number, and before every character that a folded name may hold.
SEPARATOR = "\x1f"
_AFTER_SEPARATOR = "\x20"
_LEADING_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?(?![0-9])")
# After every digit, so that books without a number follow those that have one.
_NO_NUMBER = "~"


def series_key(name: str | None, number: str | None) -> str | None:
    """Return what sorts books by series and in it by number, ``10`` after ``9.5``; None for no series.

    A number is any text; what counts is the number that it begins with.
    """
    if name is None:
        return None
    leading = _LEADING_NUMBER.match(number or "")
    return f"{sort_key(name)}{SEPARATOR}{f'{float(leading[0]):010.3f}' if leading else _NO_NUMBER}"


def key_range(name: str) -> tuple[str, str]:
    """Return the bounds, the first included, between which the keys of the series ``name`` are."""
    folded = sort_key(name)
    return folded + SEPARATOR, folded + _AFTER_SEPARATOR
