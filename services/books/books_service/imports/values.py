"""From the cells of a row to the values of a book: what can be proved is repaired, what breaks a rule is left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson

from books_service.authors.names import MAXIMUM_NAME_CHARACTERS, identity
from books_service.books import bounds, isbn
from books_service.books.contributors import MAXIMUM_CONTRIBUTORS
from books_service.books.languages import LanguageUnknown, normalise_language
from books_service.folding import collapse
from books_service.imports.columns import LIST_SEPARATOR, Layout
from books_service.imports.findings import LEFT_OUT, REJECTED, REPAIRED, Finding
from books_service.imports.reading import Row
from books_service.imports.row_identifiers import IDENTIFIER_FIELDS, identifiers_of
from books_service.imports.row_series import Series, series_columns, split_title
from books_service.imports.rows import ImportRow, RecordKeys

MAXIMUM_KEY_CHARACTERS = 200

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Spreadsheets and data frames turn whole numbers into decimal ones when a cell of the column is empty.
_WHOLE_NUMBER = re.compile(r"(-?[0-9]{1,10})(?:\.0+)?")
_DECIMAL_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,9})?")
_SHORT_ISBN = re.compile("[0-9]{6,8}[0-9X]")
_PREFIX_LACKING = re.compile("[0-9]{7,10}")


class RowRejected(Exception):
    """The row cannot become a book; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.reason)


class _LeftOut(ValueError):
    """The value breaks a rule; the message names it."""


def import_row(row: Row, layout: Layout, keys: RecordKeys) -> ImportRow:
    """Return the values that a row holds of a book, with findings on those that are not as they stand there.

    Raises:
        RowRejected: the title is missing, too long or holds control characters.
    """
    cells = row.cells
    findings: list[Finding] = []
    title, series = collapse(layout.cell("title", cells)), None
    if layout.title_holds_series:
        title, series = split_title(title)
    values: dict[str, Any] = {"title": _title(title)}
    for field, read in _READERS.items():
        if field in layout.positions:
            values[field] = _value(field, layout.cell(field, cells), read, findings)
    if "isbn" in layout.positions:
        values["isbn_13"] = _isbn(layout.cell("isbn", cells), layout, findings)
    if "subjects" in layout.positions:
        values["subjects"] = _listed(
            "subjects",
            layout.cell("subjects", cells).split(LIST_SEPARATOR),
            bounds.MAXIMUM_SUBJECT_CHARACTERS,
            bounds.MAXIMUM_SUBJECTS,
            findings,
        )
    if layout.title_holds_series or "series" in layout.positions or "series_number" in layout.positions:
        values.update(series_columns(series or _series_of_columns(cells, layout), findings))
    if layout.positions.keys() & IDENTIFIER_FIELDS:
        values["identifiers"] = identifiers_of(cells, layout, findings)
    authors = None
    if "authors" in layout.positions:
        names = layout.cell("authors", cells).split(layout.author_separator)
        authors = _listed("authors", names, MAXIMUM_NAME_CHARACTERS, MAXIMUM_CONTRIBUTORS, findings)
    return ImportRow(
        number=row.number,
        line=row.line,
        key=keys.unique(_record_key(cells, layout)),
        values=values,
        authors=authors,
        digest=_digest(orjson.dumps([values, authors], option=orjson.OPT_SORT_KEYS)),
        findings=findings,
    )


def _title(title: str) -> str:
    if not title:
        raise RowRejected(Finding(REJECTED, "title", "the title is missing"))
    if len(title) > bounds.MAXIMUM_TITLE_CHARACTERS:
        reason = f"the title is longer than {bounds.MAXIMUM_TITLE_CHARACTERS} characters"
        raise RowRejected(Finding(REJECTED, "title", reason, title))
    if _CONTROL.search(title):
        raise RowRejected(Finding(REJECTED, "title", "the title holds control characters", title))
    return title


def _series_of_columns(cells: Sequence[str], layout: Layout) -> Series:
    return Series(collapse(layout.cell("series", cells)), collapse(layout.cell("series_number", cells)))


def _value(field: str, cell: str, read: Callable[[str], Any], findings: list[Finding]) -> Any:
    """Return the value of a cell; None when it is empty or, with a finding, when it breaks a rule."""
    if not cell or cell.isspace():
        return None
    try:
        return read(cell)
    except _LeftOut as error:
        findings.append(Finding(LEFT_OUT, field, str(error), cell))
        return None


def _line_of_text(cell: str, maximum_characters: int) -> str:
    text = collapse(cell)
    if len(text) > maximum_characters:
        raise _LeftOut(f"longer than {maximum_characters} characters")
    if _CONTROL.search(text):
        raise _LeftOut("control characters")
    return text


def _description(cell: str) -> str:
    text = unicodedata.normalize("NFC", cell.replace("\r\n", "\n")).strip()
    if len(text) > bounds.MAXIMUM_DESCRIPTION_CHARACTERS:
        raise _LeftOut(f"longer than {bounds.MAXIMUM_DESCRIPTION_CHARACTERS} characters")
    if _CONTROL_IN_LINES.search(text):
        raise _LeftOut("control characters")
    return text


def _language(cell: str) -> str:
    try:
        return normalise_language(cell.strip())
    except LanguageUnknown as error:
        raise _LeftOut("not a language tag") from error


def _whole_number(cell: str, minimum: int, maximum: int) -> int:
    found = _WHOLE_NUMBER.fullmatch(cell.strip())
    if found is None:
        raise _LeftOut("not a whole number")
    if not minimum <= int(found[1]) <= maximum:
        raise _LeftOut(f"not from {minimum} to {maximum}")
    return int(found[1])


def _rating(cell: str) -> float:
    if not _DECIMAL_NUMBER.fullmatch(cell.strip()):
        raise _LeftOut("not a rating from 0 to 999")
    return float(cell)


_READERS: dict[str, Callable[[str], Any]] = {
    "subtitle": lambda cell: _line_of_text(cell, bounds.MAXIMUM_SUBTITLE_CHARACTERS),
    "publisher": lambda cell: _line_of_text(cell, bounds.MAXIMUM_PUBLISHER_CHARACTERS),
    "description": _description,
    "language": _language,
    "year": lambda cell: _whole_number(cell, bounds.EARLIEST_YEAR, bounds.latest_year(datetime.now(UTC))),
    "page_count": lambda cell: _whole_number(cell, 1, bounds.MAXIMUM_PAGES),
    "average_rating": _rating,
    "ratings_count": lambda cell: _whole_number(cell, 0, 2**31 - 1),
}


def _isbn(cell: str, layout: Layout, findings: list[Finding]) -> str | None:
    """Return the ISBN-13 of a cell, repaired where a check digit proves the repair.

    Spreadsheets take an ISBN for a number and strip its zeros; put back, they make the check digit of an ISBN-10
    right. Where the layout says so, digits that make a right ISBN-13 after 978 are the end of one.
    """
    written = re.sub(r"\.0+$", "", cell.strip())
    if not written:
        return None
    try:
        return isbn.normalise(written)
    except (isbn.IsbnMalformed, isbn.IsbnWrong) as error:
        digits = isbn.compact(written)
        if _SHORT_ISBN.fullmatch(digits) and (repaired := _right_isbn(digits.zfill(10))):
            findings.append(Finding(REPAIRED, "isbn", "leading zeros put back", cell))
            return repaired
        if (
            layout.isbn_may_lack_prefix
            and _PREFIX_LACKING.fullmatch(digits)
            and (repaired := _right_isbn("978" + digits.zfill(10)))
        ):
            findings.append(Finding(REPAIRED, "isbn", "prefix 978 put back", cell))
            return repaired
        is_wrong = isinstance(error, isbn.IsbnWrong) or _SHORT_ISBN.fullmatch(digits)
        reason = "wrong check digit or prefix" if is_wrong else "not 10 or 13 digits"
        findings.append(Finding(LEFT_OUT, "isbn", reason, cell))
        return None


def _right_isbn(digits: str) -> str | None:
    try:
        return isbn.normalise(digits)
    except isbn.IsbnWrong:
        return None


def _listed(
    field: str, parts: Sequence[str], maximum_characters: int, maximum_items: int, findings: list[Finding]
) -> list[str]:
    """Return the items of a list without those that are empty, and with a finding for each that breaks a rule."""
    items: dict[str, str] = {}
    for part in parts:
        item = collapse(part)
        if not item:
            continue
        if len(item) > maximum_characters:
            reason = f"longer than {maximum_characters} characters"
        elif _CONTROL.search(item):
            reason = "control characters"
        elif identity(item) in items:
            reason = "named twice"
        elif len(items) == maximum_items:
            reason = f"more than {maximum_items}"
        else:
            items[identity(item)] = item
            continue
        findings.append(Finding(LEFT_OUT, field, reason, item))
    return list(items.values())


def _record_key(cells: Sequence[str], layout: Layout) -> str:
    """Return what makes the row this row of its source: its key, else a digest of title, authors and year."""
    key = collapse(layout.cell("key", cells))
    if key and len(key) <= MAXIMUM_KEY_CHARACTERS and not _CONTROL.search(key):
        return f"key:{key}"
    parts = [collapse(layout.cell(field, cells)) for field in ("title", "authors", "year")]
    return f"row:{_digest(orjson.dumps(parts))}"


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
