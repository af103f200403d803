"""What searches find, in which order, and what they say of themselves."""

from __future__ import annotations

from urllib.parse import quote

import pytest

BOOKS = "/api/v1/books"


@pytest.fixture(name="shelf")
def _shelf(make_book, session):
    make_book("It", "Stephen King", year=1986, isbn="9780450411434", language="en-US")
    make_book("The Shining", "Stephen King", year=1977, language="en")
    make_book("Losing It", "Cora Carmack", description="A king is not in it.")
    make_book("The Return of the King", "J. R. R. Tolkien", series_name="The Lord of the Rings", series_number="3")
    make_book("The Hobbit", "J. R. R. Tolkien", subjects=["Fantasy"], publisher="Allen & Unwin")
    make_book("Harry Potter and the Goblet of Fire", "J.K. Rowling")
    make_book("Cien a\u00f1os de soledad", "Gabriel Garc\u00eda M\u00e1rquez", language="es")


def found(client, text, **parameters):
    """Return the titles that a search finds, and what it says of itself."""
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"search": text, **parameters}.items())
    body = client.get(f"{BOOKS}?{query}").get_json()
    return [book["title"] for book in body["data"]], body["search"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it", ["It", "Losing It"]),
        ("it king", ["It", "Losing It"]),
        ("king it -carmack", ["It"]),
        ("author:king", ["It", "The Shining"]),
        ("author:king the", ["The Shining"]),
        ('"of the king"', ["The Return of the King"]),
        ('"king the of"', []),
        ("title:king", ["The Return of the King"]),
        ("series:rings", ["The Return of the King"]),
        ("publisher:unwin subject:fantasy", ["The Hobbit"]),
        ("tolk* hob*", ["The Hobbit"]),
        ("anos marquez", ["Cien a\u00f1os de soledad"]),
        ("king year:1970..1980", ["The Shining"]),
        ("year:1970..1990", ["It", "The Shining"]),
        ("king -year:1977 lang:en", ["It"]),
        ("lang:es", ["Cien a\u00f1os de soledad"]),
        ("ISBN 0-450-41143-5", ["It"]),
        ("isbn:9780450411434 shining", []),
        ("the -the", []),
        ("", []),
        ("-hobbit", ["The Hobbit"]),
        ("-year:1986", []),
        ("zzzzzz", []),
    ],
)
def test_searches_find_what_they_say(client, shelf, text, expected):
    titles, said = found(client, text)

    assert sorted(titles) == sorted(expected)
    assert titles[:1] == expected[:1] or "year" in text or "author" in text
    assert said == {"corrected_to": None, "did_you_mean": None, "relaxed": False}


@pytest.mark.parametrize(
    ("text", "first", "corrected"),
    [
        ("tolkein", "The Hobbit", "tolkien"),
        ("hary poter", "Harry Potter and the Goblet of Fire", "harry potter"),
        ("harrypotter", "Harry Potter and the Goblet of Fire", "harry potter"),
        ("teh hobit", "The Hobbit", "the hobbit"),
        ("author:stephan shining", "The Shining", "author:stephen shining"),
        ("marqez", "Cien a\u00f1os de soledad", "marquez"),
        ("hobb", "The Hobbit", None),
    ],
)
def test_words_that_nobody_wrote_are_corrected_or_completed(client, shelf, text, first, corrected):
    titles, said = found(client, text)

    assert titles[0] in (first, "The Return of the King")
    assert said == {"corrected_to": corrected, "did_you_mean": None, "relaxed": False}


def test_another_search_is_offered_when_few_books_hold_the_words_by_the_way(client, shelf, make_book):
    make_book("Orchids", description="Not by the hobit.")

    titles, said = found(client, "hobit")

    assert titles == ["Orchids"]
    assert said == {"corrected_to": None, "did_you_mean": "hobbit", "relaxed": False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hobbit banana", ["The Hobbit"]),
        ("king shining banana", ["The Shining", "It", "Losing It", "The Return of the King"]),
        ("100 anos soledad", ["Cien a\u00f1os de soledad"]),
        ("hobbit banana year:1990", []),
        ("banana author:tolkien hobbit", ["The Hobbit"]),
        ("hobbit author:king", []),
        ('hobbit "of the king"', []),
        ("hobbit -the banana", []),
        ("banana orange", []),
    ],
)
def test_plain_words_are_left_out_when_no_book_holds_them_all(client, shelf, text, expected):
    titles, said = found(client, text)

    assert titles[:1] == expected[:1]
    assert sorted(titles) == sorted(expected)
    assert said == {"corrected_to": None, "did_you_mean": None, "relaxed": bool(expected)}


def test_filters_and_other_sorts_hold_for_what_a_search_finds(client, shelf):
    assert found(client, "king", sort="title")[0] == ["It", "Losing It", "The Return of the King", "The Shining"]
    assert found(client, "king", language="en", sort="relevance")[0] == ["The Shining", "It"]
    assert found(client, "king", language="fr")[0] == []


def test_the_pages_of_a_search_hold_each_book_once(client, shelf):
    whole = found(client, "king")[0]
    first = client.get(f"{BOOKS}?search=king&per_page=3").get_json()
    by_cursor = client.get(f"{BOOKS}?search=king&per_page=3&cursor={first['pagination']['next_cursor']}").get_json()

    assert first["pagination"] | {"next_cursor": ""} == {
        "page": 1, "per_page": 3, "total_items": 4, "total_pages": 2, "total_is": "exact", "has_next": True,
        "has_prev": False, "next_cursor": "",
    }  # fmt: skip
    assert [book["title"] for book in first["data"] + by_cursor["data"]] == whole
    assert found(client, "king", per_page=3, page=2)[0] == whole[3:]
    assert by_cursor["pagination"]["next_cursor"] is None


@pytest.mark.parametrize("query", ["search=it&cursor={}", "search=king&cursor=3-000000000000", "search=king&cursor=x"])
def test_a_cursor_of_another_search_is_refused(client, shelf, query):
    cursor = client.get(f"{BOOKS}?search=king&per_page=3").get_json()["pagination"]["next_cursor"]

    answer = client.get(f"{BOOKS}?{query.format(cursor)}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize(
    "query",
    ["sort=relevance", "search=a&sort=relevance,title", f"search={'x' * 201}", "search=year:2000..1990"],
)
def test_a_malformed_search_is_refused(client, query):
    assert client.get(f"{BOOKS}?{query}").status_code == 422
