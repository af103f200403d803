"""Any request at all: every address answers in the envelope and never with a 5xx."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ADDRESSES = [
    ("POST", "/api/v1/books"),
    ("PUT", "/api/v1/books/{book}"),
    ("PATCH", "/api/v1/books/{book}"),
    ("POST", "/api/v1/authors"),
    ("PUT", "/api/v1/authors/{author}"),
    ("PATCH", "/api/v1/authors/{author}"),
    ("POST", "/api/v1/books/{book}/reviews"),
    ("POST", "/api/v1/books/isbn-lookup"),
    ("POST", "/api/v1/works"),
    ("PATCH", "/api/v1/works/{work}"),
    ("POST", "/api/v1/reading-list"),
]
MEMBERS = [
    "title",
    "subtitle",
    "description",
    "publisher",
    "author",
    "authors",
    "isbn",
    "year",
    "page_count",
    "language",
]
MEMBERS += ["sort_name", "variants", "born", "died", "biography"]
MEMBERS += ["subjects", "series", "identifiers", "work_id", "isbns", "name", "id", "links", "version"]
MEMBERS += ["rating", "text"]
MEMBERS += ["book_id", "finished", "note", "started_on", "finished_on"]
PARAMETERS = ["page", "per_page", "sort", "order", "search", "title", "author", "year", "year_from", "language", "isbn"]
PARAMETERS += ["series", "identifier", "rating", "user_id", "book_id", "finished"]

TEXTS = st.text() | st.sampled_from(
    ["title", "-year", "en", "viaf:1", "-0750~", "9780441172719", "0441172717", "%", "null", "A, B"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "role", "number", "scheme", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6) | VALUES
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_answered(response):
    assert response.status_code < 500, response.get_json()
    assert response.get_json()["success"] is (response.status_code < 400)


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_any_body_is_answered(client, tokens, make_book, method, address):
    book = make_book("Dune", "Frank Herbert")
    author = client.get("/api/v1/authors").get_json()["data"][0]["id"]
    headers = tokens.headers(1, "librarian")
    work = client.post("/api/v1/works", headers=headers, json={"title": "Dune"}).get_json()["data"]["id"]

    @QUICK
    @given(body=BODIES.map(json.dumps) | st.text(), user_id=st.integers(1, 10**6))
    def any_body(body, user_id):
        response = client.open(
            address.format(book=book, author=author, work=work),
            method=method,
            headers={**tokens.headers(user_id, "admin"), "Content-Type": "application/json"},
            data=body.encode("utf-8", "surrogatepass"),
        )
        assert_answered(response)

    any_body()


@pytest.mark.parametrize("address", ["/api/v1/books", "/api/v1/authors", "/api/v1/reviews", "/api/v1/works"])
def test_any_query_is_answered(client, make_book, address):
    make_book("Dune", "Frank Herbert")

    @QUICK
    @given(query=st.dictionaries(st.sampled_from(PARAMETERS), TEXTS, max_size=4) | st.binary(max_size=40))
    def any_query(query):
        text = query.decode("latin-1") if isinstance(query, bytes) else None
        assert_answered(client.get(f"{address}?{text}") if text else client.get(address, query_string=query))

    any_query()


@pytest.mark.parametrize("address", ["/api/v1/books/", "/api/v1/books/isbn/", "/api/v1/authors/", "/api/v1/reviews/"])
def test_any_path_is_answered(client, address):
    @QUICK
    @given(rest=st.text(min_size=1, max_size=30).filter(lambda text: not text.startswith(("?", "#", "/"))))
    def any_path(rest):
        assert_answered(client.get(address + rest))

    any_path()
