"""What imports do with rows whose books were merged."""

from __future__ import annotations

import pytest

from books_service.imports.operations import store_rows
from books_service.imports.rows import ImportRow

BOOKS = "/api/v1/books"


@pytest.fixture(name="store")
def _store(session, row_of):
    """Imports rows and returns what became of them."""

    def store(*rows, overwrite=False):
        return [stored.outcome for stored in store_rows(session, "s", rows, overwrite=overwrite)]

    return store


@pytest.fixture(name="row_of")
def _row_of():
    return lambda key, **values: ImportRow(int(key), int(key), key, values, None, repr(values), [])


def test_row_of_a_merged_book_brings_it_not_back_nor_changes_the_other(client, merge, undo, session, store, row_of):
    assert store(row_of("1", title="One"), row_of("2", title="Two")) == ["created"] * 2
    one, other = (book["links"]["self"] for book in client.get(f"{BOOKS}?sort=title").get_json()["data"])
    merged = merge(one, other)

    assert store(row_of("1", title="One")) == ["unchanged"]
    assert store(row_of("1", title="New")) == ["kept"]
    assert store(row_of("1", title="New"), row_of("2", title="Two", year=1), overwrite=True) == ["kept", "updated"]
    assert [book["title"] for book in client.get(BOOKS).get_json()["data"]] == ["Two"]
    undo(merged)
    assert store(row_of("1", title="New"), overwrite=True) == ["updated"]
    assert client.get(one).get_json()["data"]["title"] == "New"
