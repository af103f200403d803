"""Measures whether searches find what people mean, on 10,000 real books, beside the search that tutorials build.

    search_quality.py [--url http://localhost:8080] [--books REAL.csv]

Each line of search_queries.json is a search as people type it and the book it is to find; the queries were written
before any result was looked at. Without --url it starts a stack of its own with the rate limits scaled away, loads the
books and removes everything again. The tutorials' search is the whole text anywhere in title or author, the oldest row
first, over the same titles and authors.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "integration"))

from stack import Stack  # noqa: E402 - found only by the line above

Book = dict[str, Any]
Search = Callable[[str], list[Book]]
SHOWN = {"per_page": 5, "fields": "title,author"}


class Catalogue:
    """The books behind a gateway."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)

    def get(self, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a list of books.

        Raises:
            RuntimeError: it is not 200.
        """
        self._connection.request("GET", f"/api/v1/books?{urlencode(parameters)}")
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{parameters} was answered with {answer.status}: {body[:300]!r}")
        found: dict[str, Any] = json.loads(body)
        return found

    def search(self, text: str) -> list[Book]:
        """Return the five best books."""
        found: list[Book] = self.get(search=text, **SHOWN)["data"]
        return found

    def all_books(self) -> Iterator[Book]:
        """Yield title and author of each book, the oldest first."""
        page = self.get(sort="id", per_page=100, fields="title,author")
        while True:
            yield from page["data"]
            if page["pagination"]["next_cursor"] is None:
                return
            page = self.get(sort="id", per_page=100, fields="title,author", cursor=page["pagination"]["next_cursor"])


def by_substring(books: list[Book]) -> Search:
    """Return the search of the tutorials, ``ILIKE '%text%'`` on title and author, over ``books``."""
    texts = [(book["title"].lower(), (book["author"] or "").lower(), book) for book in books]

    def search(text: str) -> list[Book]:
        wanted = text.lower()
        return [book for title, author, book in texts if wanted in title or wanted in author][:5]

    return search


def place_of(expected: dict[str, str], found: list[Book]) -> int | None:
    """Return at which place, from 1, the expected book stands."""
    for place, book in enumerate(found, 1):
        if book["title"] == expected["title"] and expected["author"] in (book["author"] or ""):
            return place
    return None


def success(queries: list[dict[str, str]], search: Search, name: str) -> None:
    """Print how often the expected book is the first, and among the first five; and what was missed."""
    places = [place_of(query, search(query["query"])) for query in queries]
    first, fifth = (sum(place is not None and place <= best for place in places) for best in (1, 5))
    print(f"| {name} | {first / len(queries):.3f} | {fifth / len(queries):.3f} |")
    for kind in dict.fromkeys(query["kind"] for query in queries):
        of_kind = [place for query, place in zip(queries, places, strict=True) if query["kind"] == kind]
        print(f"    {kind}: {sum(place is not None for place in of_kind)} of {len(of_kind)}")


def compare(url: str) -> None:
    """Print the figures of the catalogue behind ``url``."""
    catalogue = Catalogue(url)
    queries = json.loads((REPOSITORY / "benchmarks/search_queries.json").read_text(encoding="utf-8"))
    books = list(catalogue.all_books())
    print(f"{len(queries)} queries, {len(books)} books\n\n| Search | Success at 1 | at 5 |\n| --- | --- | --- |")
    success(queries, catalogue.search, "ours")
    success(queries, by_substring(books), "substring")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--books", type=Path, default=REPOSITORY.parent / "shared/data/goodbooks-10k/books.csv")
    options = parser.parse_args()
    if options.url:
        compare(options.url)
        return
    stack = Stack(rate_limit_scale=100_000)
    try:
        stack.start()
        subprocess.run(["deploy/scripts/demo", options.books], cwd=REPOSITORY, check=True, capture_output=True)
        compare(stack.base_url)
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
