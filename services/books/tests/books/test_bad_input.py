"""Bad input at every address of books: always a 4xx in the envelope that names the field, and nothing is stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

BOOKS = "/api/v1/books"

LONG = "x" * 300_000
NOT_TEXT = [1, 1.5, True, [], {}, ["a"]]
NOT_WHOLE_NUMBERS = ["5", 1.5, True, [], {}, 1e30, "NaN"]

BAD_VALUES = [
    *[("title", value) for value in [*NOT_TEXT, None, "", "   ", "x" * 201, LONG, "a\x00b", "a\nb", "\u0085"]],
    *[("subtitle", value) for value in [*NOT_TEXT, "x" * 201, "a\x00b"]],
    *[("publisher", value) for value in [*NOT_TEXT, "x" * 201, "a\x00b"]],
    *[("description", value) for value in [*NOT_TEXT, "x" * 2001, LONG, "a\x00b"]],
    *[("author", value) for value in [*NOT_TEXT, "", " ", "x" * 101, LONG, "a\x00b"]],
    *[("authors", value) for value in ["Ann", 1, {}, True, ["a"] * 51]],
    *[("isbn", value) for value in [*NOT_TEXT, "", "abc", "123", "9780441172710", "9770441172719", "1" * 50, "\x00"]],
    *[
        ("year", value)
        for value in [*NOT_WHOLE_NUMBERS, -4001, 2**31, 2**63, max(2030, datetime.now(UTC).year + 2) + 1]
    ],
    *[("page_count", value) for value in [*NOT_WHOLE_NUMBERS, 0, -1, 50_001]],
    *[("language", value) for value in [*NOT_TEXT, "", "english", "xx", "x" * 36, "en_\x00"]],
    *[("series", value) for value in [1, 1.5, True, [], ["a"], "x" * 201, "a\x00b"]],
    *[("identifiers", value) for value in ["oclc:1", 1, {}, True, ["oclc:1"] * 21]],
    *[("subjects", value) for value in ["a", 1, {}, ["a"] * 51]],
    ("unknown", 1),
    ("author_key", "x"),
    ("", 1),
    ("__class__", "x"),
]
BAD_ITEMS = [
    ("authors.0", {"authors": [1]}),
    ("authors.0", {"authors": [None]}),
    ("authors.0", {"authors": [["Ann"]]}),
    ("authors.0.name", {"authors": [""]}),
    ("authors.0.name", {"authors": ["x" * 101]}),
    ("authors.1.name", {"authors": ["Ann", {"role": "editor"}]}),
    ("authors.0.name", {"authors": [{"name": None}]}),
    ("authors.0.name", {"authors": ["a\x00"]}),
    ("authors.0.role", {"authors": [{"name": "Ann", "role": "king"}]}),
    ("authors.0.role", {"authors": [{"name": "Ann", "role": 1}]}),
    ("authors.0.role", {"authors": [{"name": "Ann", "role": ["author"]}]}),
    ("authors.0.age", {"authors": [{"name": "Ann", "age": 1}]}),
    ("authors.1", {"authors": ["Ann", "ANN"]}),
    ("subjects.0", {"subjects": [1]}),
    ("subjects.1", {"subjects": ["a", ""]}),
    ("subjects.0", {"subjects": ["x" * 101]}),
    ("subjects.0", {"subjects": [None]}),
    ("author", {"author": "Ann", "authors": ["Ben"]}),
    ("series.name", {"series": {"name": 1}}),
    ("series.name", {"series": {"name": "x" * 201}}),
    ("series.name", {"series": {"number": "1"}}),
    ("series.name", {"series": {"name": None, "number": "1"}}),
    ("series.number", {"series": {"name": "Dune", "number": "x" * 31}}),
    ("series.number", {"series": {"name": "Dune", "number": True}}),
    ("series.order", {"series": {"name": "Dune", "order": 1}}),
    ("identifiers.0", {"identifiers": [1]}),
    ("identifiers.0", {"identifiers": ["x" * 701]}),
    ("identifiers.1.scheme", {"identifiers": ["oclc:1", "1234"]}),
    ("identifiers.0.scheme", {"identifiers": [{"value": "1"}]}),
    ("identifiers.0.scheme", {"identifiers": [{"scheme": "a b", "value": "1"}]}),
    ("identifiers.0.scheme", {"identifiers": ["isbn:9780441172719"]}),
    ("identifiers.0.value", {"identifiers": ["oclc:abc"]}),
    ("identifiers.0.value", {"identifiers": [{"scheme": "doi", "value": "182"}]}),
    ("identifiers.0.value", {"identifiers": [{"scheme": "doi", "value": "https://doi.org/10.1000/a%00b"}]}),
    ("identifiers.0.value", {"identifiers": [{"scheme": "other", "value": "x" * 201}]}),
    ("identifiers.0.value", {"identifiers": [{"scheme": "lccn", "value": None}]}),
]


def details(response):
    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (422, "validation_failed"), response.get_json()
    return error["details"]


def shown(value):
    return repr(value)[:40]


@pytest.fixture(name="address")
def _address(make_book):
    return f"{BOOKS}/{make_book('Untouched', 'Nobody', year=1)}"


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=shown)
def test_bad_value_is_named_by_its_field(client, member, address, field, value):
    before = client.get(address).get_json()

    assert list(details(client.post(BOOKS, headers=member, json={"title": "T", field: value}))) == [field or "body"]
    for method in (client.put, client.patch):
        assert list(details(method(address, headers=member, json={field: value}))) == [field or "body"]
    assert client.get(BOOKS).get_json()["pagination"]["total_items"] == 1
    assert client.get(address).get_json() == before


@pytest.mark.parametrize(("path", "body"), BAD_ITEMS, ids=shown)
def test_bad_item_is_named_by_its_path(client, member, address, path, body):
    assert list(details(client.post(BOOKS, headers=member, json={"title": "T", **body}))) == [path]
    assert list(details(client.patch(address, headers=member, json=body))) == [path]


def test_all_bad_values_are_told_at_once(client, member):
    body = {"year": "old", "isbn": "12", "authors": [{"role": "king"}], "pages": 5}

    assert set(details(client.post(BOOKS, headers=member, json=body))) == {
        "title",
        "year",
        "isbn",
        "authors.0.name",
        "authors.0.role",
        "pages",
    }


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "malformed_body"),
        (b"", None, 400, "malformed_body"),
        (b"{", "application/json", 400, "malformed_body"),
        (b"[]", "application/json", 400, "malformed_body"),
        (b'["title"]', "application/json", 400, "malformed_body"),
        (b"null", "application/json", 400, "malformed_body"),
        (b'"title"', "application/json", 400, "malformed_body"),
        (b"1", "application/json", 400, "malformed_body"),
        (b'{"title": NaN}', "application/json", 400, "malformed_body"),
        (b'{"title": "\\ud800"}', "application/json", 400, "malformed_body"),
        (b'{"title": "\xff"}', "application/json", 400, "malformed_body"),
        (b"\xef\xbb\xbf{}", "application/json", 400, "malformed_body"),
        (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400, "malformed_body"),
        (b'{"title": "T"}', "text/plain", 415, "unsupported_media_type"),
        (b"title=T", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"title": "' + b"x" * 1_100_000 + b'"}', "application/json", 413, "payload_too_large"),
    ],
    ids=shown,
)
def test_body_that_is_no_json_object_is_refused(client, librarian, address, body, content_type, status, code):
    for method, target in (
        (client.post, BOOKS),
        (client.put, address),
        (client.patch, address),
        (client.put, "/api/v1/authors/1"),
    ):
        response = method(target, headers=librarian, data=body, content_type=content_type)
        assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("field", ["year", "page_count"])
def test_number_beyond_64_bits_is_refused_as_a_value(client, member, field):
    body = f'{{"title": "T", "{field}": {10**30}}}'

    response = client.post(BOOKS, headers={**member, "Content-Type": "application/json"}, data=body)

    assert list(details(response)) == [field]


def test_deep_nesting_is_refused_as_a_value(client, member):
    body = '{"title": "T", "subjects": ' + "[" * 500 + "]" * 500 + "}"

    response = client.post(BOOKS, headers={**member, "Content-Type": "application/json"}, data=body)

    assert list(details(response)) == ["subjects.0"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=abc", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=99999999999999999999", "page"),
        ("page=%D9%A1", "page"),
        ("per_page=0", "per_page"),
        ("per_page=x", "per_page"),
        ("sort=nonsense", "sort"),
        ("sort=", "sort"),
        ("sort=title,title", "sort"),
        ("sort=title;drop", "sort"),
        ("sort=author_key", "sort"),
        ("order=sideways&sort=title", "order"),
        ("unknown=1", "unknown"),
        ("search=" + "x" * 201, "search"),
        ("search=a%00b", "search"),
        ("search=%ff", "search"),
        ("search=%zz", "search"),
        ("search=%ed%a0%80", "search"),
        ("title=" + "x" * 201, "title"),
        ("author=" + "x" * 101, "author"),
        ("year=abc", "year"),
        ("year=1e3", "year"),
        ("year=99999", "year"),
        ("year_from=2000&year_to=1999", "year_from"),
        ("year_to=", "year_to"),
        ("language=english", "language"),
        ("language=", "language"),
        ("isbn=123", "isbn"),
        ("isbn=9780441172710", "isbn"),
        ("isbn=", "isbn"),
        ("series=" + "x" * 201, "series"),
        ("identifier=", "identifier"),
        ("identifier=1234", "identifier"),
        ("identifier=oclc:x", "identifier"),
        ("identifier=oclc:1%00", "identifier"),
    ],
)
def test_bad_query_is_named_by_its_parameter(client, query, field):
    assert list(details(client.get(f"{BOOKS}?{query}"))) == [field]
    if field in ("page", "per_page", "sort", "order", "unknown", "search"):
        assert field in details(client.get(f"/api/v1/authors?{query}"))


@pytest.mark.parametrize("query", ["page=0", "sort=name", "search=x", "per_page=a"])
def test_bad_query_for_the_books_of_an_author_is_named(client, make_book, query):
    make_book("T", "Ann")
    address = client.get("/api/v1/authors").get_json()["data"][0]["links"]["books"]

    assert list(details(client.get(f"{address}?{query}"))) == [query.partition("=")[0]]


@pytest.mark.parametrize("value", [*NOT_TEXT, None, "", " ", "x" * 101, "a\x00b"], ids=shown)
def test_bad_name_of_an_author_is_named(client, librarian, make_book, value):
    make_book("T", "Ann")
    author = client.get("/api/v1/authors").get_json()["data"][0]

    for method in (client.put, client.patch):
        assert list(details(method(author["links"]["self"], headers=librarian, json={"name": value}))) == ["name"]
    assert list(details(client.put(author["links"]["self"], headers=librarian, json={"nom": "X"}))) == ["nom"]
    assert client.get("/api/v1/authors").get_json()["data"] == [author]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_method_that_an_address_does_not_take_is_refused(client, method):
    response = client.open("/api/v1/authors", method=method)

    assert (response.status_code, response.get_json()["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "title",
    [
        "It",
        "We",
        "&",
        '"A"',
        "V.",
        "100%: a_b\\c",
        "\u05e9\u05d9\u05e8 \u05d4\u05e9\u05d9\u05e8\u05d9\u05dd",
        "\u0627\u0644\u0641 \u0644\u064a\u0644\u0629 \u0648\u0644\u064a\u0644\u0629",
        "\u6e90\u6c0f\u7269\u8a9e",
        "Nin-me-\u0161ara",
        "\U0001f642",
        "O'Brien; DROP",
        "-1",
        "null",
    ],
)
def test_any_title_survives_the_round_trip_and_is_found(client, member, title):
    created = client.post(BOOKS, headers=member, json={"title": title, "author": title}).get_json()["data"]

    assert (created["title"], created["author"]) == (title, title)
    assert client.put(created["links"]["self"], headers=member, json=created).get_json()["data"] == created
    for parameter in ("search", "title", "author"):
        found = client.get(BOOKS, query_string={parameter: title}).get_json()["data"]
        assert [book["id"] for book in found] == [created["id"]]


def test_longest_values_are_stored(client, member):
    widest = "\U0001f4d6"
    body = {
        "title": widest * 200,
        "subtitle": "\ufdfa" * 200,
        "description": widest * 2000,
        "publisher": widest * 200,
        "authors": [f"{number:02d}{widest * 98}" for number in range(50)],
        "subjects": [f"{number:02d}{widest * 98}" for number in range(50)],
        "page_count": 50_000,
        "year": -4000,
    }

    response = client.post(BOOKS, headers={**member, "Content-Type": "application/json"}, data=json.dumps(body))

    assert response.status_code == 201, response.get_json()
    book = response.get_json()["data"]
    assert {name: book[name] for name in body if name != "authors"} == {k: v for k, v in body.items() if k != "authors"}
    assert client.put(book["links"]["self"], headers=member, json=book).get_json()["data"] == book
