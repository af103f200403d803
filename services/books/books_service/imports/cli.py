"""The command line of imports."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click
from sqlalchemy import exc

from books_service.extensions import db
from books_service.folding import collapse
from books_service.imports.columns import FIELDS
from books_service.imports.errors import ImportImpossible, ImportInterrupted
from books_service.imports.exclusion import only_import
from books_service.imports.progress import shown_progress, size_of
from books_service.imports.report import Report
from books_service.imports.running import ImportOptions, run_import

STANDARD_INPUT = "-"
MAXIMUM_SOURCE_CHARACTERS = 100


def _column_names(_context: Any, _parameter: Any, given: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for mapping in given:
        field, separator, column = mapping.partition("=")
        if not separator or field not in FIELDS or not column:
            raise click.BadParameter(f"{mapping!r} is not FIELD=COLUMN; the fields are {', '.join(FIELDS)}.")
        columns[field] = column
    return columns


@click.argument("file")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    callback=_column_names,
    help=f"Which column holds a field ({', '.join(FIELDS)}); may be repeated. Usual names are known.",
)
@click.option(
    "--author-separator",
    help="What stands between authors; a semicolon, but a comma for goodbooks-10k, when not given.",
)
@click.option(
    "--source", help="Names where the rows are from, so that they are known again; the file's name if not given."
)
@click.option("--overwrite", is_flag=True, help="Also change books that people have changed since the last import.")
@click.option("--report", "report_path", metavar="FILE", help="Write all that is reported of single rows, as CSV.")
def import_books(
    file: str,
    columns: dict[str, str],
    author_separator: str | None,
    source: str | None,
    overwrite: bool,
    report_path: str | None,
) -> None:
    """Import books from the CSV file FILE, or from standard input for "-".

    A second run changes only what the file has changed, and no book that people have changed since. Rows that cannot be
    stored are reported and do not count as failure; the exit code is 1 when nothing could be read, or when the database
    fails: what is stored by then stays, and a second run continues.
    """
    options = ImportOptions(_source(file, source), columns, author_separator, overwrite)
    try:
        with ExitStack() as stack:
            stream = stack.enter_context(_opened(file))
            stack.enter_context(only_import(db.engine))
            report = Report(stack.enter_context(_report_file(report_path, file)))
            started = time.monotonic()
            with shown_progress(sys.stderr, size_of(stream)) as progress:
                run_import(db.session, stream, options, report, progress)
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise click.ClickException(str(ImportInterrupted(error, stored_rows=0))) from error
    except (ImportImpossible, ImportInterrupted, OSError) as error:
        raise click.ClickException(str(error)) from error
    for line in report.lines(options.source, time.monotonic() - started):
        click.echo(line)


def _source(file: str, source: str | None) -> str:
    if source is None and file == STANDARD_INPUT:
        raise click.UsageError("Standard input has no name: say where the rows are from by --source NAME.")
    name = collapse(Path(file).stem if source is None else source)
    if not 1 <= len(name) <= MAXIMUM_SOURCE_CHARACTERS or not name.isprintable():
        raise click.UsageError(f"The source must be 1 to {MAXIMUM_SOURCE_CHARACTERS} characters long.")
    return name


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as stream:
        yield stream


@contextmanager
def _report_file(path: str | None, file: str) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    if file != STANDARD_INPUT and Path(path).exists() and Path(path).samefile(file):
        raise click.UsageError("The report would overwrite the file that is imported.")
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        yield stream
