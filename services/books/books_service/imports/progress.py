"""How far an import is, for somebody who watches: a bar where the size is known, else a counter."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

import click

from books_service.imports.running import Progress


def size_of(stream: BinaryIO) -> int | None:
    """Return how many bytes ``stream`` holds, None when only its end will tell."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


@contextmanager
def shown_progress(screen: TextIO, size: int | None) -> Iterator[Progress]:
    """Yield what is told of progress; nothing is shown unless ``screen`` is a terminal."""
    if not screen.isatty():
        yield lambda _bytes_read, _rows: None
    elif size is None:
        yield lambda _bytes_read, rows: click.echo(f"\r{rows:,} rows", file=screen, nl=False)
        click.echo(file=screen)
    else:
        with click.progressbar(length=size, label="Importing", file=screen) as bar:
            yield lambda bytes_read, _rows: bar.update(bytes_read - bar.pos)
