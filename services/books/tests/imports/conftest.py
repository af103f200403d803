"""Files to import: many real books where they are at hand, else the classics many times."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from books_service.imports.columns import Layout
from books_service.imports.findings import Finding
from books_service.imports.reading import Row
from books_service.imports.rows import ImportRow, RecordKeys
from books_service.imports.values import import_row
from servicekit.testing.containers import REPOSITORY

CLASSICS = REPOSITORY / "deploy" / "demo" / "classics.csv"
REAL_BOOKS = Path(
    os.environ.get("COLOPHON_BOOKS_CSV", REPOSITORY.parent / "shared" / "data" / "goodbooks-10k" / "books.csv")
)
COPIES = 34


@dataclass(frozen=True)
class ManyBooks:
    """A large file and what its import has to count."""

    path: Path
    rows: int
    without_isbn: int
    findings: dict[str, int]
    is_real: bool


@pytest.fixture(scope="session", name="many_books")
def _many_books(tmp_path_factory: pytest.TempPathFactory) -> ManyBooks:
    if REAL_BOOKS.exists():
        findings = {
            "isbn repaired: leading zeros put back": 6587,
            "isbn repaired: prefix 978 put back": 20,
            "isbn left out: wrong check digit or prefix": 3,
            "authors left out: named twice": 7,
            "series left out: a book has one series": 120,
        }
        return ManyBooks(REAL_BOOKS, 10_000, 703, findings, is_real=True)
    path = tmp_path_factory.mktemp("many") / "books.csv"
    with CLASSICS.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as target:
        header, *classics = csv.reader(source)
        writer = csv.writer(target)
        writer.writerow(header)
        for copy in range(COPIES):
            writer.writerows([f"{title} [{copy}]", *rest] for title, *rest in classics)
    return ManyBooks(path, len(classics) * COPIES, len(classics) * COPIES, {}, is_real=False)


@pytest.fixture(name="classics")
def _classics() -> Path:
    return CLASSICS


@pytest.fixture(name="csv_file")
def _csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines into a file and returns its path, ``csv_file("title,year", "It,1986")``."""

    def write(*lines: str, name: str = "books.csv") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture(name="row_of")
def _row_of() -> Callable[..., ImportRow]:
    """Reads a row, ``row_of(title="It", year="1986")``; what is not given the file does not have."""
    keys = RecordKeys()

    def read(
        *, separator: str = ";", isbn_may_lack_prefix: bool = False, title_holds_series: bool = False, **cells: str
    ) -> ImportRow:
        positions = {name: position for position, name in enumerate(cells)}
        layout = Layout(positions, separator, isbn_may_lack_prefix, title_holds_series)
        return import_row(Row(2, 2, list(cells.values())), layout, keys)

    return read


@pytest.fixture(name="told")
def _told() -> Callable[[Any], list[str]]:
    """Puts findings in words."""

    def tell(findings: list[Finding]) -> list[str]:
        return [f"{finding.field} {finding.kind}: {finding.reason}" for finding in findings]

    return tell
