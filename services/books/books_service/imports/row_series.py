"""The series of a row: from columns of its own, or from the title where titles end in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from books_service.books.series import MAXIMUM_NUMBER_CHARACTERS, MAXIMUM_SERIES_CHARACTERS, series_key
from books_service.imports.findings import LEFT_OUT, Finding

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# What stands before the first # is the name.
_NAME = re.compile(r"(?:Includes: )?(?P<name>[^#]*[^#,\s])[,\s]*#\s*(?P<rest>[0-9].*)")
_ONE = r"[0-9]+(?:\.[0-9]+)?"
# 1, 2.5, 1-3, 1/2, "1-4 + 3.5", "4.1, #4.3", "3: Part 1 of 2"; a comma before a name begins the next series.
_NUMBERS = re.compile(
    rf"{_ONE}(?:\s*(?:[-\u2013/+]|,\s*#?)\s*{_ONE}(?=\s*(?:[-\u2013/+,:;]|$)))*(?:[,:;] Part [0-9]+(?: of [0-9]+)?)?"
)
_DASH = re.compile(r"\s*[-\u2013]\s*")


@dataclass(frozen=True, slots=True)
class Series:
    """A name and a number, empty when there is none; ``others`` are further series that the title names."""

    name: str
    number: str = ""
    others: str = ""


def split_title(title: str) -> tuple[str, Series | None]:
    """Return a title without the series that it ends in, and the series, such as ``(Discworld, #1; Rincewind #1)``.

    A parenthesis without ``#`` and a number stays part of the title: only people know which of them are series. Of
    several series the first is taken.
    """
    opening = _opening_of_last_parenthesis(title)
    if opening is None or not (shorter := title[:opening].rstrip()):
        return title, None
    found = _NAME.fullmatch(title[opening + 1 : -1].strip())
    numbers = found and _NUMBERS.match(found["rest"])
    if not found or not numbers:
        return title, None
    others = found["rest"][numbers.end() :].strip()
    if others and others[0] not in ",;":
        return title, None
    number = _DASH.sub("-", numbers[0]).replace("#", "")
    return shorter, Series(found["name"].strip(), number, others[1:].strip())


def series_columns(series: Series, findings: list[Finding]) -> dict[str, Any]:
    """Return the columns of a book that say its series, with a finding for what breaks a rule."""
    name: str | None = series.name
    number: str | None = re.sub(r"^([0-9]+)\.0+$", r"\1", series.number)
    if problem := _problem(series.name, MAXIMUM_SERIES_CHARACTERS):
        findings.append(Finding(LEFT_OUT, "series", problem, series.name))
        name = None
    if number and (
        problem := _problem(number, MAXIMUM_NUMBER_CHARACTERS) or (None if name else "a number without a series")
    ):
        findings.append(Finding(LEFT_OUT, "series_number", problem, number))
        number = None
    if series.others:
        findings.append(Finding(LEFT_OUT, "series", "a book has one series", series.others))
    name, number = name or None, number or None
    return {"series_name": name, "series_number": number, "series_key": series_key(name, number)}


def _opening_of_last_parenthesis(title: str) -> int | None:
    """Return where the parenthesis begins that ends ``title``, those inside of it aside."""
    depth = 0
    if title.endswith(")"):
        for position in range(len(title) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(title[position], 0)
            if depth == 0:
                return position
    return None


def _problem(text: str, maximum_characters: int) -> str | None:
    if len(text) > maximum_characters:
        return f"longer than {maximum_characters} characters"
    return "control characters" if _CONTROL.search(text) else None
