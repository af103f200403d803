"""Reading a CSV file (RFC 4180) row by row in bounded memory, where one bad row spoils no other.

A row that cannot be read is told as such and reading goes on with the line after the one where it began. That also
catches a quotation mark that is never closed: it would otherwise swallow the rows that follow.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from books_service.imports.errors import ImportImpossible

# What the csv module takes as one field by default, here for a whole row; a row of ours is a tenth of it at most.
MAXIMUM_ROW_CHARACTERS = 131_072
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

TOO_LONG = f"the row is longer than {MAXIMUM_ROW_CHARACTERS:,} characters"
NOT_CLOSED = "a quoted value does not end"
NOT_UTF_8 = "the row is not UTF-8"
HOLDS_NUL = "the row holds a NUL character"
NOT_CSV = "a quotation mark stands where none may be"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in the file: ``number`` counts rows from 1 for the header, ``line`` counts lines."""

    number: int
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that is not CSV, or not text."""

    number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    problem: str | None


class _Unusable(Exception):
    """A line ends the row that it belongs to."""


class CsvFile:
    """The rows of a binary stream, header first.

    Raises:
        ImportImpossible: from the constructor, when there is no header that can be read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, strict=True)
        self._row_number = 0
        self.header = self._read_header()

    @property
    def bytes_read(self) -> int:
        """How much of the stream has been read."""
        return self._lines.bytes_read

    def rows(self) -> Iterator[Row | UnreadableRow]:
        """Yield the rows after the header; empty lines are none."""
        while (row := self._next_row(len(self.header))) is not None:
            yield row

    def _read_header(self) -> list[str]:
        first = self._next_row(None)
        if first is None:
            raise ImportImpossible("The file is empty.")
        if isinstance(first, UnreadableRow):
            raise ImportImpossible(f"The header cannot be read: {first.reason}.")
        return first.cells

    def _next_row(self, expected: int | None) -> Row | UnreadableRow | None:
        """Return the next row, None after the last; ``expected`` is how many columns it must have, None for any."""
        while True:
            self._lines.begin_row()
            try:
                cells = next(self._reader)
            except StopIteration:
                return None
            except _Unusable as error:
                return self._unreadable(str(error))
            except csv.Error as error:
                return self._unreadable(NOT_CLOSED if "end of data" in str(error) else NOT_CSV)
            if not cells or (len(cells) == 1 and expected != 1 and not cells[0].strip()):
                continue
            if expected is not None and len(cells) != expected:
                return self._unreadable(f"the row has {len(cells)} columns, the header has {expected}")
            self._row_number += 1
            return Row(self._row_number, self._lines.row_line, cells)

    def _unreadable(self, reason: str) -> UnreadableRow:
        self._row_number += 1
        line = self._lines.row_line
        self._lines.give_back_all_but_first()
        return UnreadableRow(self._row_number, line, reason)


class _Lines:
    """The lines of a stream for the csv module, which may be given back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._given_back: deque[_Line] = deque()
        self._row: list[_Line] = []
        self._row_characters = 0
        self._number = 0
        self.bytes_read = 0

    @property
    def row_line(self) -> int:
        """The number of the line where the current row begins."""
        return self._row[0].number

    def begin_row(self) -> None:
        """Forget the lines of the last row."""
        self._row = []
        self._row_characters = 0

    def give_back_all_but_first(self) -> None:
        """Offer the lines of the current row again, without the one where it began."""
        self._given_back.extendleft(reversed(self._row[1:]))
        self._row = self._row[:1]

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._read()
        self._row.append(line)
        if line.problem is not None:
            raise _Unusable(line.problem)
        self._row_characters += len(line.text)
        if self._row_characters > MAXIMUM_ROW_CHARACTERS:
            raise _Unusable(TOO_LONG if len(self._row) == 1 else NOT_CLOSED)
        return line.text

    def _read(self) -> _Line:
        raw = self._stream.readline(MAXIMUM_ROW_CHARACTERS * 4)
        if not raw:
            raise StopIteration
        self._number += 1
        self.bytes_read += len(raw)
        if self._number == 1:
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        problem = None
        while not raw.endswith(b"\n") and (more := self._stream.readline(MAXIMUM_ROW_CHARACTERS)):
            self.bytes_read += len(more)
            problem = TOO_LONG
            raw = more[-1:]
        if problem is None and b"\0" in raw:
            problem = HOLDS_NUL
        try:
            return _Line(self._number, "" if problem else raw.decode("utf-8"), problem)
        except UnicodeDecodeError:
            return _Line(self._number, "", NOT_UTF_8)
