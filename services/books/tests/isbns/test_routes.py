"""Many ISBNs in one look-up: each has a result of its own."""

from __future__ import annotations

import pytest

LOOKUP = "/api/v1/books/isbn-lookup"
DUNE, EMMA, OTHER = "9780441172719", "9780141439587", "9791090636071"


def results(response):
    assert response.status_code == 200, response.get_json()
    return response.get_json()["data"]["results"]


def test_each_isbn_has_a_result_in_the_order_sent(client, make_book):
    make_book("Dune", "Frank Herbert", isbn=DUNE)
    make_book("Emma", "Jane Austen", isbn=EMMA)
    written = ["ISBN 978-0-14-143958-7", "0-441-17271-7", "9780441172710", "abc", "979-10-90636-07-1", "0441172717"]

    found = results(client.post(LOOKUP, json={"isbns": written}))

    assert [result["isbn"] for result in found] == written
    assert [result["status"] for result in found] == ["found", "found", "invalid", "invalid", "unknown", "found"]
    assert [result["isbn_13"] for result in found] == [EMMA, DUNE, None, None, OTHER, DUNE]
    assert [result["book"] and result["book"]["title"] for result in found] == [
        "Emma", "Dune", None, None, None, "Dune",
    ]  # fmt: skip
    assert [bool(result["problem"]) for result in found] == [False, False, True, True, False, False]
    assert found[1]["book"] == client.get(f"/api/v1/books/isbn/{DUNE}").get_json()["data"]


def test_what_is_no_isbn_at_all_spoils_no_other(client, make_book):
    make_book("Dune", isbn=DUNE)
    odd = ["", " ", "\x00", "a\nb", "e" + "\u0301" * 50_000, "\u0661" * 13, "\U0001f600", "'; --", "-" * 40]

    found = results(client.post(LOOKUP, json={"isbns": [*odd, DUNE]}))

    assert [result["isbn"] for result in found] == [*odd, DUNE]
    assert [result["status"] for result in found] == ["invalid"] * len(odd) + ["found"]


@pytest.mark.parametrize("isbns", [[], [DUNE] * 1_000])
def test_lookup_of_none_and_of_a_thousand_is_answered(client, make_book, isbns):
    make_book("Dune", isbn=DUNE)

    found = results(client.post(LOOKUP, json={"isbns": isbns}))

    assert [result["status"] for result in found] == ["found"] * len(isbns)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "isbns"),
        ({"isbns": None}, "isbns"),
        ({"isbns": DUNE}, "isbns"),
        ({"isbns": [DUNE] * 1_001}, "isbns"),
        ({"isbns": [DUNE, 9780441172719]}, "isbns.1"),
        ({"isbns": [None]}, "isbns.0"),
        ({"isbns": [], "isbn": DUNE}, "isbn"),
    ],
)
def test_bad_lookups_name_the_field(client, body, field):
    response = client.post(LOOKUP, json=body)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [field]


def test_lookups_are_counted_for_anonymous_callers_too(app, client, monkeypatch):
    monkeypatch.setitem(app.extensions["rate_limits"], "rate_limit_isbn_lookups", "2 per minute")

    answers = [client.post(LOOKUP, json={"isbns": [DUNE]}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert client.get(f"/api/v1/books/isbn/{DUNE}").status_code == 404
