"""The versions that imports make."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from books_service.history.models import Revision
from books_service.imports.operations import store_rows


def test_import_names_its_versions_and_adds_none_for_what_is_new(client, session, row_of):
    def store(**cells):
        row = replace(row_of(key="1", **cells), key="key:1")
        (stored,) = store_rows(session, "s", [row], overwrite=False)
        return stored.outcome

    assert store(title="One", authors="Ann", year="1990") == "created"
    assert session.scalars(select(Revision.id)).all() == []
    (book,) = client.get("/api/v1/books").get_json()["data"]
    assert store(title="One", authors="Ben; Cid", year="1990") == "updated"

    versions = client.get(f"{book['links']['self']}/revisions").get_json()["data"]
    assert [(one["change"], one["changed_by"], one["fields"]) for one in versions] == [
        ("imported", None, ["authors"]),
        ("imported", None, None),
    ]
    was = client.get(f"{book['links']['self']}/revisions/1").get_json()["data"]["book"]
    assert was == {name: book[name] for name in was}
