"""Measures a stack of its own and prints the figures of benchmarks/README.md.

    measure.py [--books FILE.csv] [--requests 3000] [--seconds 6]

It starts docker-compose.yml under a project name and a port of its own with the rate limits scaled away, loads the
books, sends a bounded load over loopback and removes everything again.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "integration"))

from stack import Stack  # noqa: E402 - found only by the line above

CONNECTIONS = 32


def idle_memory(stack: Stack) -> dict[str, str]:
    """Return the memory of each container as Docker counts it, by service."""
    ids = stack.run("ps", "--quiet").split()
    names = subprocess.run(
        ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *ids],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {line.split()[0].removeprefix(stack.environment["COMPOSE_PROJECT_NAME"] + "-"): line.split()[1]
            for line in sorted(names.splitlines())}  # fmt: skip


def get_one_latency(stack: Stack, book_ids: list[int], requests: int) -> list[float]:
    """Return the milliseconds of ``requests`` GETs of random books over one kept connection."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        connection.request("GET", f"/api/v1/books/{random.choice(book_ids)}")
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"a GET was answered with {answer.status}")
    return times


def get_one_rate(stack: Stack, book_ids: list[int], seconds: int) -> str:
    """Return the requests per second at 32 connections, by wrk where it is installed."""
    if not shutil.which("wrk"):
        return "not measured: wrk is not installed"
    url = f"{stack.base_url}/api/v1/books/{book_ids[len(book_ids) // 2]}"
    printed = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{min(seconds, 8)}s", "--latency", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "Non-2xx" in printed:
        raise RuntimeError(printed)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    p50, p99 = re.search(r"50%\s+(\S+)", printed), re.search(r"99%\s+(\S+)", printed)
    assert rate is not None
    assert p50 is not None
    assert p99 is not None
    return f"{float(rate[1]):.0f}/s, p50 {p50[1]}, p99 {p99[1]}"


def book_ids_of(stack: Stack) -> list[int]:
    """Return the ids of a hundred pages of books."""
    from customer import Customer

    visitor = Customer(stack.base_url)
    ids: list[int] = []
    for page in range(1, 101):
        books = visitor.get(f"/api/v1/books?per_page=100&page={page}").json()["data"]
        ids += [book["id"] for book in books]
        if len(books) < 100:
            break
    return ids


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    default_books = REPOSITORY.parent / "shared/data/goodbooks-10k/books.csv"
    classics = REPOSITORY / "deploy/demo/classics.csv"
    parser.add_argument("--books", type=Path, default=default_books if default_books.exists() else classics)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args()

    stack = Stack(rate_limit_scale=100_000, cheap_passwords=False)
    try:
        began = time.monotonic()
        stack.start()
        print(f"make up, images present     {time.monotonic() - began:.0f} s")
        time.sleep(5)
        for service, memory in idle_memory(stack).items():
            print(f"idle memory {service:<15} {memory}")
        imported = subprocess.run(
            ["deploy/scripts/demo", options.books], cwd=REPOSITORY, check=True, capture_output=True, text=True
        )
        print("import                     " + " ".join(re.findall(r"[^\n]*rows[^\n]*", imported.stdout)[-1:]))
        ids = book_ids_of(stack)
        get_one_latency(stack, ids, 300)
        times = get_one_latency(stack, ids, options.requests)
        p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
        print(f"GET one, 1 connection      p50 {p50:.2f} ms, p99 {p99:.2f} ms ({len(times)} requests)")
        print(f"GET one, {CONNECTIONS} connections    {get_one_rate(stack, ids, options.seconds)}")
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
