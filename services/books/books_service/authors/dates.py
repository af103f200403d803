"""When somebody was born and died, as exactly as it is known."""

from __future__ import annotations

import re
from calendar import isleap

MAXIMUM_WRITTEN_CHARACTERS = 12
EARLIEST_YEAR = -4000
# The years of four digits.
MAXIMUM_YEAR = 9999

_WRITTEN = re.compile(r"([-\u2212]?)([0-9]{1,4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([?~%]?)")
_NUMBERS = re.compile("^-?[0-9]+|[0-9]+")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2


class DateMalformed(ValueError):
    """The text is no date of a life; the message says why."""


def normalise_date(written: str, latest_year: int) -> str:
    """Return the one spelling of a date: a year, or year and month, or all three, as in ISO 8601.

    The year has four digits and is negative before our era, as that of books. A sign of EDTF (ISO 8601-2) may follow:
    ``?`` for uncertain, ``~`` for about, ``%`` for both.

    Raises:
        DateMalformed: it is not written so, there is no such day, or the year is out of bounds.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise DateMalformed("Not a date: a year such as 1564 or -750, or 1564-04 or 1564-04-23; ? and ~ may follow.")
    sign, year_digits, month, day, qualifier = found.groups()
    year = int(year_digits) * (-1 if sign else 1)
    if not EARLIEST_YEAR <= year <= latest_year:
        raise DateMalformed(f"The year must be from {EARLIEST_YEAR} to {latest_year}.")
    if not _is_on_the_calendar(year, month, day):
        raise DateMalformed("There is no such day.")
    parts = [f"{'-' if year < 0 else ''}{abs(year):04}", *[part for part in (month, day) if part]]
    return "-".join(parts) + qualifier


def comes_before(one: str, other: str) -> bool:
    """Return whether the date ``one`` is surely before ``other``; both in the spelling of ``normalise_date``."""
    # A date that is less exact may be any of those that it stands for.
    return _parts(one, other) < _parts(other, one)


def _parts(date: str, beside: str) -> list[int]:
    """Return year, month and day of ``date`` as far as both dates name them."""
    return [int(part) for part in _NUMBERS.findall(date)[: len(_NUMBERS.findall(beside))]]


def _is_on_the_calendar(year: int, month: str | None, day: str | None) -> bool:
    if month is None:
        return True
    if not 1 <= int(month) <= len(_DAYS):
        return False
    days = _DAYS[int(month) - 1] + (int(month) == _FEBRUARY and isleap(year))
    return day is None or 1 <= int(day) <= days
