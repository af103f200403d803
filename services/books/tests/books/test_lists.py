"""Lists of books: filters, search, order and what they cost."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from books_service.extensions import db
from servicekit.testing.statements import statements_run

BOOKS = "/api/v1/books"


def titles(response):
    assert response.status_code == 200, response.get_json()
    return [book["title"] for book in response.get_json()["data"]]


@pytest.fixture(name="shelf")
def _shelf(make_book):
    make_book("The Odyssey", "Homer", year=-720, language="grc", isbn="9780140268867")
    make_book("Les Mis\u00e9rables", "Victor Hugo", year=1862, language="fr")
    make_book("It", "Stephen King", year=1986, language="en-US")
    make_book("We", "Yevgeny Zamyatin", "Clarence Brown", year=1924, language="en")
    make_book("100% Wrong", "O'Brien; DROP TABLE books", language="en-GB")
    make_book("1000 Things", year=2001)
    make_book("\u05e9\u05d9\u05e8 \u05d4\u05e9\u05d9\u05e8\u05d9\u05dd", "\u05e9\u05dc\u05de\u05d4", language="he")
    make_book("snake_case", "Ann Author", subtitle="A back\\slash")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=it", ["It"]),
        ("search=IT king", ["It"]),
        ("search=king\tit\n", ["It"]),
        ("search=we", ["We"]),
        ("search=miserables", ["Les Mis\u00e9rables"]),
        ("search=MIS\u00c9RABLES hugo", ["Les Mis\u00e9rables"]),
        ("search=100%", ["100% Wrong"]),
        ("search=100*", ["100% Wrong", "1000 Things"]),
        ("search=%", []),
        ("search=case", ["snake_case"]),
        ("search=back\\slash", ["snake_case"]),
        ("search=o'brien; drop", ["100% Wrong"]),
        ("search=o\u2019brien", ["100% Wrong"]),
        ("search=\u05d4\u05e9\u05d9\u05e8\u05d9\u05dd", ["\u05e9\u05d9\u05e8 \u05d4\u05e9\u05d9\u05e8\u05d9\u05dd"]),
        ("search=brown zamyatin", ["We"]),
        ("search=978-0-14-026886-7", ["The Odyssey"]),
        ("search=0140268863", ["The Odyssey"]),
        ("search=978-0-14-026886-7 homer", ["The Odyssey"]),
        ("search=1402", []),
        ("search=' OR 1=1 --", []),
        ("title=yss", ["The Odyssey"]),
        ("title=0%", ["100% Wrong"]),
        ("author=clarence brown", ["We"]),
        ("author=Zamyatin, Clarence", []),
        ("author=hugo", ["Les Mis\u00e9rables"]),
        ("author=hugo&title=odyssey", []),
        ("year=1986", ["It"]),
        ("year_to=-1", ["The Odyssey"]),
        ("year_from=1924&year_to=1986", ["It", "We"]),
        ("year_from=2001", ["1000 Things"]),
        ("language=en", ["100% Wrong", "It", "We"]),
        ("language=eng", ["100% Wrong", "It", "We"]),
        ("language=en-US", ["It"]),
        ("language=EN_us", ["It"]),
        ("language=grc", ["The Odyssey"]),
        ("isbn=978-0-14-026886-7", ["The Odyssey"]),
        ("isbn=0140268863", ["The Odyssey"]),
        ("isbn=9780441172719", []),
    ],
)
def test_filters_find_what_they_say(client, shelf, query, expected):
    address = f"{BOOKS}?{quote(query, safe='=&')}&sort=title"

    assert titles(client.get(address)) == expected


@pytest.mark.parametrize("query", ["title=", "author=%20", "author=%E3%80%80"])
def test_blank_texts_filter_nothing(client, shelf, query):
    assert client.get(f"{BOOKS}?{query}").get_json()["pagination"]["total_items"] == 8


@pytest.mark.parametrize(
    "query", ["search=", "search=%20%20", "search=%CC%81", "title=%CC%81", "author=%CC%81%CC%88", "title=%C2%B4"]
)
def test_nothing_and_accents_alone_are_found_nowhere(client, shelf, query):
    assert client.get(f"{BOOKS}?{query}").get_json()["pagination"]["total_items"] == 0


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("year", ["a", "b", "c", "none"]),
        ("-year", ["c", "b", "a", "none"]),
        ("year&order=desc", ["c", "b", "a", "none"]),
        ("author", ["c", "b", "a", "none"]),
        ("-author", ["a", "b", "c", "none"]),
        ("title", ["a", "b", "c", "none"]),
        ("id", ["a", "none", "b", "c"]),
        ("-id", ["c", "b", "none", "a"]),
        ("-created_at", ["c", "b", "none", "a"]),
        ("updated_at", ["a", "none", "b", "c"]),
        ("language,-title", ["c", "b", "none", "a"]),
        ("average_rating", ["a", "none", "b", "c"]),
        ("-ratings_count,title", ["a", "b", "c", "none"]),
    ],
)
def test_sorts_put_unknown_values_last_in_both_directions(client, make_book, sort, expected):
    make_book("a", "Zo\u00eb", year=-10)
    make_book("none")
    make_book("b", "\u00c9mile", year=5)
    make_book("c", "alice", year=1999)

    if sort.startswith("language"):
        assert client.get(f"{BOOKS}?sort={sort}").status_code == 422
    else:
        assert titles(client.get(f"{BOOKS}?sort={sort}")) == expected


def test_equal_sort_keys_fall_back_to_the_id_so_that_pages_lose_nothing(client, make_book):
    ids = [make_book("Same", year=2000) for _ in range(7)]

    for sort, expected in (("title", ids), ("-year", ids[::-1])):
        found = []
        for page in (1, 2, 3):
            found += client.get(f"{BOOKS}?sort={sort}&per_page=3&page={page}").get_json()["data"]
        assert [book["id"] for book in found] == expected


@pytest.mark.parametrize("books", [0, 1, 50])
@pytest.mark.parametrize("address", [BOOKS, f"{BOOKS}?author=author&language=en&sort=-year", "author"])
def test_list_costs_the_same_statements_for_any_number_of_books(client, app, make_book, books, address):
    # The author of another book, so that there is one to list the books of.
    for number in range(books):
        make_book(f"Book {number}", "Author One", f"Author {number}", language="en")
    if address == "author":
        make_book("Other", "Author One" if books else "Nobody")
        author = client.get("/api/v1/authors?search=one" if books else "/api/v1/authors").get_json()["data"][0]
        address = author["links"]["books"]
    statements = statements_of(app, lambda: client.get(f"{address}{'&' if '?' in address else '?'}per_page=100"))

    assert len(statements) == (3 if "author" in address else 2), statements


def test_single_books_cost_one_statement(client, app, make_book):
    address = f"{BOOKS}/{make_book('Dune', 'Frank Herbert', isbn='9780441172719')}"

    assert len(statements_of(app, lambda: client.get(address))) == 1
    assert len(statements_of(app, lambda: client.get(f"{BOOKS}/isbn/0441172717"))) == 1


def test_authors_cost_two_statements_for_any_number(client, app, make_book):
    make_book("Dune", *[f"Author {number}" for number in range(50)])

    assert len(statements_of(app, lambda: client.get("/api/v1/authors?per_page=50&search=author"))) == 2
    assert len(statements_of(app, lambda: client.get("/api/v1/authors?per_page=1"))) == 2


def statements_of(app, request):
    with app.app_context():
        engine = db.engine
    with statements_run(engine) as statements:
        assert request().status_code == 200
    return statements
