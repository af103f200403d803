"""Facets: what the books of a list have in common, with counts."""

from __future__ import annotations

import pytest

from books_service.facets import queries
from servicekit import totals

BOOKS = "/api/v1/books"


@pytest.fixture(name="facets")
def _facets(client):
    """Return a function that gives the facets of a list, ``facets(names, query)``, as (value, count), and kind."""

    def asked(names, query="", address=BOOKS):
        answer = client.get(f"{address}?facets={names}&{query}")
        assert answer.status_code == 200, answer.get_json()
        body = answer.get_json()
        shown = {name: [(one["value"], one["count"]) for one in found] for name, found in body["facets"].items()}
        return shown, body["facets_are"]

    return asked


@pytest.fixture(name="small_sample")
def _small_sample(monkeypatch):
    monkeypatch.setattr(totals, "COUNTED_EXACTLY", 10)
    monkeypatch.setattr(queries, "LOOKED_AT", 30)


def test_facets_count_all_books_of_the_list_whatever_the_page(facets, make_book):
    for number in range(5):
        make_book(
            f"T{number}",
            "Ann",
            f"Author {number % 2}",
            year=1989 + number,
            language="en" if number else "de",
            publisher="Ace",
            subjects=["Sand", "Sea"][: 1 + number % 2],
            series_name="Dune" if number > 2 else None,
        )
    make_book("Other")

    counted, kind = facets("author,subject,language,decade,publisher,series", "title=t&per_page=2&page=2")

    assert kind == "exact"
    assert counted == {
        "author": [("Ann", 5), ("Author 0", 3), ("Author 1", 2)],
        "subject": [("Sand", 5), ("Sea", 2)],
        "language": [("en", 4), ("de", 1)],
        "decade": [(1990, 4), (1980, 1)],
        "publisher": [("Ace", 5)],
        "series": [("Dune", 2)],
    }
    assert facets("language,decade", "search=other") == ({"language": [], "decade": []}, "exact")


def test_facets_are_only_there_when_asked_for(client, make_book):
    make_book("T", language="en")

    for query in ("", "?facets=", "?facets=%20"):
        assert client.get(f"{BOOKS}{query}").get_json().keys() == {"success", "data", "pagination"}
    assert list(client.get(f"{BOOKS}?facets=language,%20language").get_json()["facets"]) == ["language"]


def test_author_facet_has_ids_and_counts_a_book_once(client, make_book, librarian):
    book_id = make_book("T", "Ann", "Ben")
    roles = [{"name": "Ann"}, {"name": "Ann", "role": "illustrator"}, {"name": "Ben", "role": "editor"}]
    client.put(f"{BOOKS}/{book_id}", json={"authors": roles}, headers=librarian)

    found = client.get(f"{BOOKS}?facets=author").get_json()["facets"]["author"]

    assert [(one["value"], one["count"]) for one in found] == [("Ann", 1), ("Ben", 1)]
    for one in found:
        assert client.get(f"/api/v1/authors/{one['id']}").get_json()["data"]["name"] == one["value"]


def test_decades_before_our_era_begin_at_their_earliest_year(facets, make_book):
    for year in (-1, -10, -11, 0, 9):
        make_book("T", year=year)

    assert facets("decade")[0]["decade"] == [(-10, 2), (0, 2), (-20, 1)]


def test_facet_shows_the_twenty_most_frequent_values_in_order(facets, make_book):
    for number in range(25):
        make_book("T", publisher=f"P{number:02}")
    make_book("T", publisher="P24")

    found = facets("publisher")[0]["publisher"]

    assert found == [("P24", 2), *((f"P{number:02}", 1) for number in range(19))]


@pytest.mark.parametrize("names", ["nothing", "author,", "author;subject", "x" * 2000])
def test_unknown_facets_are_refused_with_those_there_are(client, names):
    answer = client.get(BOOKS, query_string={"facets": names})

    assert answer.status_code == 422
    assert answer.get_json()["error"]["details"] == {
        "facets": ["Must be made of: author, decade, language, publisher, series, subject."]
    }


def test_facets_of_the_books_of_an_author(client, facets, make_book):
    for language in ("en", "en", "de"):
        make_book("T", "Ann", language=language)
    make_book("T", "Ben", language="fr")
    author = client.get("/api/v1/authors?search=ann").get_json()["data"][0]

    found = facets("language", address=author["links"]["books"])

    assert found == ({"language": [("en", 2), ("de", 1)]}, "exact")


@pytest.mark.usefixtures("small_sample")
@pytest.mark.parametrize("query", ["", "year=2000", "year=2000&total=none", "year=2000&total=estimate", "total=exact"])
def test_many_books_are_estimated_from_a_sample(facets, make_book, query):
    for _ in range(60):
        make_book("T", "Ann", language="en", year=2000)

    # All are alike, so that the sample is right about them.
    assert facets("author,language,decade", query) == (
        {"author": [("Ann", 60)], "language": [("en", 60)], "decade": [(2000, 60)]},
        "estimate",
    )


@pytest.mark.usefixtures("small_sample")
def test_as_many_books_as_are_counted_are_exact_in_a_large_catalogue(facets, make_book):
    for number in range(60):
        make_book("T", language="en" if number % 3 else "de", year=1900 + number // 10)

    for total in ("", "&total=none", "&total=estimate", "&total=exact"):
        assert facets("language", f"year=1903{total}") == ({"language": [("en", 6), ("de", 4)]}, "exact")


@pytest.mark.usefixtures("small_sample")
def test_filtered_sample_tells_of_the_books_that_meet_the_filter(facets, make_book):
    for number in range(60):
        make_book("T", language="en", year=1900 + number % 2)

    ((value, count),) = facets("language", "year=1900&total=exact")[0]["language"]
    assert (value, count) == ("en", 30)
    # Without the number of books the sample says it: 30 of 60 are looked at, about half of them meet the filter.
    ((_, count),) = facets("language", "year=1900")[0]["language"]
    assert 10 <= count <= 60


def test_sample_does_not_depend_on_the_order_in_which_books_came(facets, make_book, monkeypatch):
    monkeypatch.setattr(totals, "COUNTED_EXACTLY", 100)
    for number in range(400):
        make_book("T", language="en" if number < 200 else "de")

    counted = dict(facets("language")[0]["language"])

    # More than five standard deviations from half.
    assert sum(counted.values()) == 400
    assert 100 < counted["en"] < 300


def test_facets_of_a_search_count_what_it_finds(client, facets, make_book):
    make_book("Sand", "Ann", language="en")
    make_book("Sands of time", "Ann", language="de")
    make_book("Sea", "Ben", language="en")

    for query in ("search=sand", "search=sand&sort=title", "search=sadn"):
        assert facets("author", query)[0]["author"][0][0] == "Ann"
    assert facets("language", "search=ann&language=de") == ({"language": [("de", 1)]}, "exact")
    assert facets("language", "search=") == ({"language": []}, "exact")
    body = client.get(f"{BOOKS}?search=ann&facets=language&include=authors&fields=id").get_json()
    assert body.keys() == {"success", "data", "pagination", "search", "facets", "facets_are"}
    assert body["data"][0].keys() == {"id", "embedded"}


@pytest.mark.usefixtures("small_sample")
def test_facets_of_a_search_that_finds_many_are_estimated(facets, make_book):
    for number in range(600):
        make_book("Sand", language="en", year=number % 2)

    assert facets("language", "search=sand&total=exact") == ({"language": [("en", 600)]}, "estimate")
    assert facets("language", "search=sand&year=1&total=exact") == ({"language": [("en", 300)]}, "estimate")
