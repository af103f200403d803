"""The bundled catalogue keeps the rules that its own README states."""

from __future__ import annotations

import csv
import unicodedata

import pytest


@pytest.fixture(scope="module", name="rows")
def _rows(repository):
    with (repository / "deploy/demo/classics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_three_hundred_different_works(rows):
    assert len(rows) == 300
    assert len({(row["title"], row["authors"]) for row in rows}) == 300


def test_no_isbn_is_invented(rows):
    assert list(rows[0]) == ["title", "authors", "year", "language", "subjects"]


def test_years_reach_from_antiquity_to_living_memory(rows):
    years = [int(row["year"]) for row in rows]

    assert min(years) < -1000
    assert max(years) <= 1990
    assert sum(year < 1 for year in years) >= 35


def test_every_value_fits_the_catalogue(rows):
    for row in rows:
        assert 1 <= len(row["title"]) <= 200
        assert all(1 <= len(name) <= 100 for name in row["authors"].split("; "))
        assert all(unicodedata.is_normalized("NFC", value) and value == value.strip() for value in row.values())


def test_many_scripts_and_languages_are_there(rows):
    scripts = {unicodedata.name(row["title"][0]).split()[0] for row in rows}

    assert len({row["language"] for row in rows}) >= 20
    assert {"LATIN", "CYRILLIC", "GREEK", "CJK", "ARABIC", "HEBREW", "DEVANAGARI"} <= scripts
