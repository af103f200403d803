"""Measures reading the catalogue at two sizes, and prints the table of benchmarks/README.md.

    catalogue.py [--books REAL.csv] [--sizes 10000,1000000] [--requests 300]

For each size it starts a stack of its own with the rate limits scaled away, imports that many synthetic books by the
operator's command, sends requests over one kept connection and removes everything again. Every request of a scenario is
another one, the same ones at each size.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "integration"))

from stack import Stack  # noqa: E402 - found only by the line above
from synthetic_books import read_real  # noqa: E402

WARM_UP = 30
DEEP = 0.8
SORTS = ("title", "-year", "author", "-created_at", "-ratings_count", "-average_rating")
Request = Callable[[], str]


class Client:
    """One connection to the gateway that stays open."""

    def __init__(self, stack: Stack) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)

    def get(self, path: str) -> tuple[dict[str, Any], float]:
        """Return the answer and the milliseconds it took.

        Raises:
            RuntimeError: it is not 200.
        """
        began = time.perf_counter()
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        milliseconds = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}: {body[:300]!r}")
        return json.loads(body), milliseconds


def misspelt(word: str, pick: random.Random) -> str:
    """Return ``word`` with two neighbouring letters in each other's place."""
    place = pick.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def scenarios(client: Client, real: list[dict[str, str]], pick: random.Random) -> dict[str, Request]:
    """Return what makes the next path of each scenario."""
    words = [word for row in real for word in re.findall(r"[^\W\d_]{5,}", row["original_title"])]
    authors = [row["authors"].split(", ")[0] for row in real]
    first, _ = client.get("/api/v1/books?per_page=100&sort=title&total=exact")
    total, pages = first["pagination"]["total_items"], first["pagination"]["total_pages"]

    def path(**parameters: Any) -> str:
        return f"/api/v1/books?{urlencode(parameters)}"

    def deep_page() -> int:
        return int(total / 20 * DEEP) - pick.randrange(50)

    def deep_cursor() -> str:
        page, _ = client.get(path(per_page=20, sort="title", page=deep_page()))
        return path(per_page=20, sort="title", cursor=page["pagination"]["next_cursor"])

    def book_path() -> str:
        page, _ = client.get(path(per_page=1, sort="title", page=1 + pick.randrange(min(pages, 5000))))
        return f"/api/v1/books/{page['data'][0]['id']}"

    def two_words() -> str:
        return path(
            search=" ".join(pick.choice([row for row in real if row["original_title"]])["original_title"].split()[:2])
        )

    return {
        "get one": book_path,
        "list, page 1": lambda: path(per_page=20, sort=pick.choice(SORTS)),
        "list, page 1, filtered": lambda: path(**{"language": "en", "year.from": 1990, "per_page": 20}),
        "list, deep, by page": lambda: path(per_page=20, sort="title", page=deep_page()),
        "list, deep, by cursor": deep_cursor,
        "search, one rare word": lambda: path(search=pick.choice(words)),
        "search, one very common word": lambda: path(search=pick.choice(["the", "of", "a", "and", "in"])),
        "search, author and word": lambda: path(search=f"{pick.choice(authors).split()[-1]} {pick.choice(words)}"),
        "search, two words of a title": two_words,
        "search, misspelt": lambda: path(search=misspelt(pick.choice(words), pick)),
        "facets of everything": lambda: path(per_page=1, facets="author,subject,language,decade,publisher"),
        "facets of a search": lambda: path(
            per_page=1, search=pick.choice(words), facets="author,subject,language,decade,publisher"
        ),
        "autocomplete, two letters": lambda: "/api/v1/books/suggestions?" + urlencode({"q": pick.choice(words)[:2]}),
        "autocomplete, four letters": lambda: "/api/v1/books/suggestions?" + urlencode({"q": pick.choice(words)[:4]}),
    }  # fmt: skip


def measured(client: Client, make_path: Request, requests: int) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    paths = [make_path() for _ in range(requests + WARM_UP)]
    times = [client.get(path)[1] for path in paths][WARM_UP:]
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def figures(size: int, real_file: Path, requests: int) -> Iterator[tuple[str, float, float]]:
    """Yield name, p50 and p99 of each scenario at ``size`` books."""
    stack = Stack(rate_limit_scale=100_000)
    try:
        stack.start()
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            command = [sys.executable, str(REPOSITORY / "benchmarks/synthetic_books.py"), str(size), str(real_file)]
            subprocess.run(command, stdout=file, check=True)
            began = time.monotonic()
            subprocess.run(["deploy/scripts/demo", file.name], cwd=REPOSITORY, check=True, capture_output=True)
            print(f"import of {size} books: {size / (time.monotonic() - began):.0f}/s", flush=True)
        # What autovacuum does within minutes.
        stack.run("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "colophon", "-c", "VACUUM ANALYZE")
        client = Client(stack)
        for name, make_path in scenarios(client, read_real(real_file), random.Random(42)).items():
            yield name, *measured(client, make_path, requests)
    finally:
        stack.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=Path, default=REPOSITORY.parent / "shared/data/goodbooks-10k/books.csv")
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    table: dict[str, list[tuple[float, float]]] = {}
    for size in sizes:
        for name, p50, p99 in figures(size, options.books, options.requests):
            print(f"{size:>9} {name:<30} p50 {p50:8.2f} ms  p99 {p99:8.2f} ms", flush=True)
            table.setdefault(name, []).append((p50, p99))
    print("\n| Scenario | " + " | ".join(f"{size:,}: p50, p99 ms" for size in sizes) + " | growth of p50 |")
    print("| --- |" + " --- |" * (len(sizes) + 1))
    for name, row in table.items():
        cells = " | ".join(f"{p50:.1f}, {p99:.1f}" for p50, p99 in row)
        print(f"| {name} | {cells} | {row[-1][0] / row[0][0]:.2f} |")


if __name__ == "__main__":
    main()
