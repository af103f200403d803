"""Filters of the list of books: every operator on every documented field, and what is refused."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from books_service.books.models import Book
from books_service.books.schemas import BookSchema
from books_service.extensions import db

BOOKS = "/api/v1/books"


@pytest.fixture(name="shelf")
def _shelf(session, make_book, librarian, client):
    one = make_book(
        "The Odyssey",
        "Homer",
        year=-720,
        language="grc",
        isbn="9780140268867",
        publisher="Penguin, London",
        subjects=["Epic", "Sea"],
        page_count=541,
        series_name="Classics",
        series_number="1",
        identifiers=["oclc:1", "doi:10.1000/a"],
        description="Sing.",
    )
    make_book(
        "\u00c9tude", "Ana Bel", year=1990, language="en-US", publisher="Penguin", subjects=["Sea"], page_count=100
    )
    make_book("It", "Stephen King", year=2000, language="en", subtitle="A Novel", user_id=7)
    make_book("O%_", year=2001, series_name="Class", series_number="2.5", identifiers=["oclc:2"])
    times = {"created_at": "2020-01-01T23:30:00Z", "updated_at": "2021-01-01T00:00:00Z"}
    figures = {"average_rating": 4.333333, "ratings_count": 10, "reviews_count": 3, "reviews_sum": 13, **times}
    session.execute(db.update(Book).where(Book.id == one).values(**figures))
    author = client.get("/api/v1/authors?search=bel").get_json()["data"][0]["links"]["self"]
    assert client.patch(author, json={"variants": ["Ana Maria Bel"]}, headers=librarian).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title.eq=ETUDE", "\u00c9"),
        ("title.eq=etud", ""),
        ('title.in=it,"the odyssey", x', "TI"),
        ("title.prefix=the", "T"),
        ("title.prefix=o%", "O"),
        ("title.prefix=o_", ""),
        ("title.prefix=\u0301", ""),
        ("subtitle=A Novel", "I"),
        ("subtitle=a novel", ""),
        ("subtitle.prefix=A", "I"),
        ("subtitle.null=false", "I"),
        ("author=maria", "\u00c9"),
        ("author.eq=ana maria bel", "\u00c9"),
        ("author.eq=ana maria", ""),
        ("author.in=homer,Ana Bel", "T\u00c9"),
        ("author.prefix=ste", "I"),
        ("author.null=true", "O"),
        ("isbn=0-14-026886-3", "T"),
        ("isbn.in=9780140268867,0441172717", "T"),
        ("isbn.prefix=978-0-14", "T"),
        ("isbn.null=true", "\u00c9IO"),
        ("year=1990", "\u00c9"),
        ("year.in=1990,2001", "\u00c9O"),
        ("year.from=1990&year.to=2000", "\u00c9I"),
        ("year_from=1990&year_to=2000", "\u00c9I"),
        ("year.null=true", ""),
        ("language=en", "\u00c9I"),
        ("language.in=grc,en-US", "T\u00c9"),
        ("language.null=true", "O"),
        ('publisher="Penguin, London"', ""),
        ("publisher=Penguin, London", "T"),
        ('publisher.in="Penguin, London",x', "T"),
        ("publisher.in=Penguin, London", "\u00c9"),
        ("publisher.prefix=Peng", "T\u00c9"),
        ("publisher.null=yes", "IO"),
        ("description.null=false", "T"),
        ("subject=Sea", "T\u00c9"),
        ("subject=sea", ""),
        ("subject.in=Epic,x", "T"),
        ("subject.null=true", "IO"),
        ("series=classics", "T"),
        ("series.in=class,classics", "TO"),
        ("series.prefix=CLASS", "TO"),
        ("series.null=true", "\u00c9I"),
        ("series_number=2.5", "O"),
        ("series_number.in=1,2", "T"),
        ("identifier=oclc:ocn000001", "T"),
        ("identifier.in=oclc:2,doi:10.1000/A", "TO"),
        ("identifier.null=true", "\u00c9I"),
        ("page_count=100", "\u00c9"),
        ("page_count.in=100,541", "T\u00c9"),
        ("page_count.from=101", "T"),
        ("page_count.to=100", "\u00c9"),
        ("page_count.null=true", "IO"),
        ("average_rating=4.33", "T"),
        ("average_rating.in=1,4.33", "T"),
        ("average_rating.from=4.33&average_rating.to=4.33", "T"),
        ("average_rating.from=4.34", ""),
        ("average_rating.null=true", "\u00c9IO"),
        ("ratings_count=10", "T"),
        ("ratings_count.from=1&ratings_count.to=10", "T"),
        ("ratings_count.null=false", "T"),
        ("reviews_count.in=0", "\u00c9IO"),
        ("reviews_count.from=3", "T"),
        ("review_average=4.33", "T"),
        ("review_average.null=true", "\u00c9IO"),
        ("created_by=7", "I"),
        ("created_by.in=7,8", "I"),
        ("created_by.null=true", ""),
        ("created_at=2020-01-01", "T"),
        ("created_at=2020-01-01T23:30:00Z", "T"),
        ("created_at=2020-01-02T00:30:00+01:00", "T"),
        ("created_at.to=2020-01-01", "T"),
        ("created_at.to=2020-01-01T23:29:59Z", ""),
        ("updated_at.from=2021-01-02", "\u00c9IO"),
        ("year.from=1990&language=en&title.prefix=i&page_count.null=true", "I"),
    ],
)
def test_operators_find_what_they_say(client, shelf, query, expected):
    answer = client.get(f"{BOOKS}?{quote(query, safe='=&')}&sort=id")

    assert answer.status_code == 200, answer.get_json()
    assert "".join(book["title"][0] for book in answer.get_json()["data"]) == expected
    assert answer.get_json()["pagination"]["total_items"] == len(expected)


def test_ids_find_books_and_those_of_authors(client, shelf):
    books = client.get(f"{BOOKS}?sort=id").get_json()["data"]
    homer = books[0]["authors"][0]["id"]

    def found(query):
        return [book["id"] for book in client.get(f"{BOOKS}?{query}&sort=id").get_json()["data"]]

    assert found(f"id={books[1]['id']}") == [books[1]["id"]]
    assert found(f"id.in={books[1]['id']},{books[2]['id']},{10**17}") == [books[1]["id"], books[2]["id"]]
    assert found(f"author_id={homer}") == found(f"author_id.in={homer},{10**17}") == [books[0]["id"]]


def parameters_of(client):
    """Return the names of the query parameters that the document of the list has."""
    client.get(BOOKS)
    document = client.application.extensions["contract_document"]
    return [parameter["name"] for parameter in document["paths"][BOOKS]["get"]["parameters"]]


def test_every_member_of_a_book_is_filtered_by_or_made_from_others(client):
    filtered = {name.partition(".")[0] for name in parameters_of(client)}
    named = {"authors": "author_id", "subjects": "subject", "identifiers": "identifier", "reviews": "reviews_count"}
    made = {"isbn_10", "version", "etag", "links", "embedded"}

    assert {named.get(name, name) for name in BookSchema().fields if name not in made} <= filtered


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("year.from=2000&year.to=1999", "year.from"),
        ("created_at.from=2021-01-02&created_at.to=2021-01-01", "created_at.from"),
        ("average_rating.from=4.5&average_rating.to=4.4", "average_rating.from"),
        ("year.from=soon", "year.from"),
        ("year.in=1990,,2000", "year.in"),
        ("year.in=", "year.in"),
        ("title.prefix=", "title.prefix"),
        ("title.from=a", "title.from"),
        ("average_rating=nan", "average_rating"),
        ("average_rating.to=6", "average_rating.to"),
        ("isbn.prefix=978x", "isbn.prefix"),
        ("isbn.in=9780140268868", "isbn.in"),
        ("publisher.null=perhaps", "publisher.null"),
        ("created_at=2020-13-01", "created_at"),
        ("language.in=en,klingonese", "language.in"),
        ("identifier.in=nothing", "identifier.in"),
        ("year__from=1990", "year__from"),
        ("fields=id,price", "fields"),
        ("fields=", "fields"),
    ],
)
def test_what_no_filter_can_be_is_refused_by_its_name(client, query, name):
    answer = client.get(f"{BOOKS}?{query}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "validation_failed")
    assert list(answer.get_json()["error"]["details"]) == [name]


@pytest.mark.parametrize("address", [BOOKS, "/api/v1/authors", "/api/v1/reviews"])
@pytest.mark.parametrize(
    "query",
    [
        "id.in=" + ",".join(map(str, range(1, 102))),
        "&".join(f"term{number}=1" for number in range(51)),
        "&".join(f"term{number}=1" for number in range(1000)),
        "fields=" + "id," * 101,
    ],
)
def test_more_filters_than_the_cap_are_refused(client, address, query):
    answer = client.get(f"{address}?{query}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "too_many_filters")


def test_as_many_filters_as_the_cap_are_taken(client):
    assert client.get(f"{BOOKS}?id.in={','.join(map(str, range(1, 101)))}").status_code == 200
    names = parameters_of(client)
    flags = [f"{name}=true" for name in names if name.endswith(".null")]
    figures = [f"{name}=1" for name in names if "_count" in name and "null" not in name]
    ranges = [f"{name}=4" for name in names if "average" in name and "null" not in name]

    assert client.get(f"{BOOKS}?{'&'.join([*flags, *figures, *ranges][:50])}&page=1&total=none").status_code == 200


def test_fields_show_nothing_else(client, shelf):
    book = client.get(f"{BOOKS}?isbn=9780140268867").get_json()["data"][0]
    part = {name: book[name] for name in ("title", "isbn", "links")}
    query = "fields=title,links,%20isbn"

    for address in (f"{BOOKS}?isbn=9780140268867&{query}", f"{book['authors'][0]['links']['self']}/books?{query}"):
        assert client.get(address).get_json()["data"] == [part]
    for address in (f"{book['links']['self']}?{query}", f"{BOOKS}/isbn/9780140268867?{query}"):
        answer = client.get(address)
        assert answer.get_json()["data"] == part
        assert answer.headers["ETag"] == book["etag"]
