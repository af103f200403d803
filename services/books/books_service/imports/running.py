"""One import from its first byte to its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from books_service.imports.columns import Layout, layout_of
from books_service.imports.errors import ImportInterrupted
from books_service.imports.findings import REJECTED, Finding
from books_service.imports.operations import Stored, store_rows
from books_service.imports.reading import CsvFile, Row, UnreadableRow
from books_service.imports.report import Report
from books_service.imports.rows import ImportRow, RecordKeys
from books_service.imports.values import RowRejected, import_row
from servicekit.database import DatabaseSession

BATCH_ROWS = 500

# Told after each batch how many bytes and rows have been read.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is to be read and stored, see the options of the command."""

    source: str
    columns: Mapping[str, str] = field(default_factory=dict)
    author_separator: str | None = None
    overwrite: bool = False


def run_import(
    session: DatabaseSession, stream: BinaryIO, options: ImportOptions, report: Report, progress: Progress
) -> None:
    """Import every row of ``stream``, adding to ``report`` what became of it as soon as that is committed.

    Raises:
        ImportImpossible: the file has no header that can be read, or no title in it.
        ImportInterrupted: the database is away or too busy; ``report`` holds what is stored.
    """
    file = CsvFile(stream)
    layout = layout_of(file.header, options.columns, options.author_separator)
    rows, keys = file.rows(), RecordKeys()
    while batch := list(islice(rows, BATCH_ROWS)):
        try:
            _import_batch(session, batch, layout, keys, options, report)
        except (DBAPIError, PoolTimeoutError) as error:
            raise ImportInterrupted(error, report.stored_rows) from error
        progress(file.bytes_read, report.rows)


def _import_batch(
    session: DatabaseSession,
    batch: list[Row | UnreadableRow],
    layout: Layout,
    keys: RecordKeys,
    options: ImportOptions,
    report: Report,
) -> None:
    read = [_read(row, layout, keys) for row in batch]
    ready = [row for row in read if isinstance(row, ImportRow)]
    # Nothing is read and nothing is parsed while the transaction is open.
    stored = store_rows(session, options.source, ready, overwrite=options.overwrite) if ready else iter(())
    for raw, row in zip(batch, read, strict=True):
        if isinstance(row, ImportRow):
            _report(report, row, next(stored))
        else:
            report.add(raw.number, raw.line, "", REJECTED, [row])


def _read(row: Row | UnreadableRow, layout: Layout, keys: RecordKeys) -> ImportRow | Finding:
    if isinstance(row, UnreadableRow):
        return Finding(REJECTED, "row", row.reason)
    try:
        return import_row(row, layout, keys)
    except RowRejected as rejection:
        return rejection.finding


def _report(report: Report, row: ImportRow, stored: Stored) -> None:
    report.add(row.number, row.line, row.title, stored.outcome, [*row.findings, *stored.findings])
    if stored.outcome != REJECTED and stored.isbn_13 is None:
        report.without_isbn += 1
