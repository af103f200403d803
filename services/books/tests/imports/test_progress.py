"""How far an import is, shown to terminals only."""

from __future__ import annotations

import io
import os

import pytest

from books_service.imports.progress import shown_progress, size_of


class Terminal(io.StringIO):
    """A screen that says it is one."""

    def isatty(self):
        """Say yes."""
        return True


def shown_on(screen, size):
    with shown_progress(screen, size) as progress:
        progress(50, 500)
        progress(100, 1000)
    return screen.getvalue()


def test_terminal_shows_a_bar_where_the_size_is_known():
    assert "100%" in shown_on(Terminal(), 100)


def test_terminal_shows_a_counter_where_it_is_not():
    assert shown_on(Terminal(), None) == "\r500 rows\r1,000 rows\n"


@pytest.mark.parametrize("size", [100, None])
def test_nothing_is_shown_to_what_is_no_terminal(size):
    assert shown_on(io.StringIO(), size) == ""


def test_size_is_known_of_regular_files_only(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    reading, writing = os.pipe()
    with (tmp_path / "file").open("rb") as file, os.fdopen(reading, "rb") as pipe:
        os.close(writing)
        assert (size_of(file), size_of(pipe), size_of(io.BytesIO(b"1"))) == (5, None, None)
