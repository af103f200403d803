"""Suggestions among many real books, where they are at hand, with spellings on top that people bring."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servicekit.testing.containers import REPOSITORY

CLASSICS = REPOSITORY / "deploy" / "demo" / "classics.csv"
REAL_BOOKS = Path(
    os.environ.get("COLOPHON_BOOKS_CSV", REPOSITORY.parent / "shared" / "data" / "goodbooks-10k" / "books.csv")
)
# In goodbooks-10k, by the score that they reach.
REAL_PAIRS = {
    "authors": {
        ("Gustaf Tenggren", "Gustav Tenggren"),
        ("Iain Banks", "Iain M. Banks"),
        ("Leo Tolstoj", "Leo Tolstoy"),
    },
    "books": {("The Hedge Knight", "The Hedge Knight"), ("'Salem's Lot", "'Salem's Lot")},
}
MOST_SUGGESTIONS = 40


@pytest.fixture(name="walked")
def _walked(app, truncated, tokens):
    """Returns all pairs that a walk suggests, each as two names in order."""
    client, headers = app.test_client(), tokens.headers(3, "librarian")

    def walked(kind):
        name, query, found = {"authors": "name", "books": "title"}[kind], {}, []
        while query is not None:
            answer = client.get(f"/api/v1/{kind}/duplicates", query_string=query, headers=headers).get_json()
            found += [tuple(sorted((one["source"][name], one["into"][name]))) for one in answer["data"]]
            cursor = answer["pagination"]["next_cursor"]
            query = {"cursor": cursor} if cursor else None
        return found

    return walked


def test_few_pairs_are_suggested_and_spellings_on_top_are_among_them(app, walked, tokens):
    path = REAL_BOOKS if REAL_BOOKS.exists() else CLASSICS
    assert app.test_cli_runner().invoke(args=["books", "import", str(path)]).exit_code == 0
    if path == REAL_BOOKS:
        for kind, pairs in REAL_PAIRS.items():
            found = walked(kind)
            assert pairs <= set(found)
            assert len(found) <= MOST_SUGGESTIONS
    before = set(walked("authors"))

    for author in ("J. K. Rowling", "J.K. Rowling", "Dostoevsky, Fyodor Mikhailovich", "Fyodor M. Dostoevsky"):
        response = app.test_client().post(
            "/api/v1/books", json={"title": f"By {author}", "author": author}, headers=tokens.headers(1)
        )
        assert response.status_code == 201

    new = set(walked("authors")) - before
    assert {("J. K. Rowling", "J.K. Rowling"), ("Dostoevsky, Fyodor Mikhailovich", "Fyodor M. Dostoevsky")} <= new
    assert len(new) <= 6
