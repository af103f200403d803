"""Writes a catalogue of any size that reads like a real one, for figures that depend on the number of books.

    synthetic_books.py ROWS REAL.csv > books.csv

The first rows have the titles and authors of REAL.csv (goodbooks-10k). Every other one joins the beginning of one real
title to the end of another, and given names to family names, so that words stay as common and as rare as they are in
life: a few everywhere, most in hardly any title. The same arguments write the same file.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

COLUMNS = (
    "key", "title", "authors", "isbn", "year", "language", "publisher", "subjects", "page_count", "average_rating",
    "ratings_count",
)  # fmt: skip
PUBLISHERS, SUBJECTS = 400, 300
PROLIFIC_SHARE = 0.5


def isbn_13(number: int) -> str:
    """Return the ISBN-13 of prefix 979-8 whose eight middle digits are ``number``."""
    digits = f"9798{number:08d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def words_of(rows: list[dict[str, str]], column: str) -> list[list[str]]:
    """Return the words of ``column`` in each row that has at least two."""
    return [words for row in rows if len(words := row[column].split()) > 1]


def few_of_many(pick: random.Random, count: int) -> int:
    """Return a number below ``count``, small ones far more often than large ones, as publishers and subjects are."""
    return min(int(pick.paretovariate(0.7)) - 1, count - 1)


def books(rows: int, real: list[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    """Yield ``rows`` books in the order of ``COLUMNS``."""
    pick = random.Random(1605)
    titles = words_of(real, "original_title")
    names = [name.split() for row in real for name in row["authors"].split(", ") if len(name.split()) > 1]
    prolific = [" ".join(name) for name in names]
    for number in range(rows):
        source = real[number % len(real)]
        if number < len(real):
            title, authors = source["original_title"] or source["title"], source["authors"].replace(", ", "; ")
        else:
            first, last = pick.choice(titles), pick.choice(titles)
            title = " ".join(first[: pick.randint(1, len(first))] + last[-pick.randint(1, len(last)) :])
            authors = "; ".join(
                pick.choice(prolific)
                if pick.random() < PROLIFIC_SHARE
                else f"{pick.choice(names)[0]} {pick.choice(names)[-1]}"
                for _ in range(1 + (pick.random() < 0.2))
            )
        subjects = {f"Subject {few_of_many(pick, SUBJECTS) + 1}" for _ in range(pick.randint(0, 4))}
        yield (
            number + 1,
            title[:200],
            "; ".join(dict.fromkeys(name[:100] for name in authors.split("; ")[:10])),
            isbn_13(number),
            source["original_publication_year"].removesuffix(".0"),
            source["language_code"],
            f"Publisher {few_of_many(pick, PUBLISHERS) + 1}",
            "; ".join(sorted(subjects)),
            pick.randint(40, 900),
            source["average_rating"],
            int(source["ratings_count"]) // (1 + number // len(real)) + pick.randint(0, 50),
        )


def read_real(file: Path) -> list[dict[str, str]]:
    """Return the rows of a file as goodbooks-10k has them."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("real", type=Path)
    options = parser.parse_args()
    out = csv.writer(sys.stdout)
    out.writerow(COLUMNS)
    out.writerows(books(options.rows, read_real(options.real)))


if __name__ == "__main__":
    main()
