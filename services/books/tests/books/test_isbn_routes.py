"""ISBNs in requests: found in any written form, refused or reported when wrong."""

from __future__ import annotations

import dataclasses

import pytest

BOOKS = "/api/v1/books"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture
def wrong_isbns_reported(app, monkeypatch):
    """Set BOOKS_ISBN_CHECK to report."""
    monkeypatch.setitem(app.config, "SERVICE", dataclasses.replace(app.config["SERVICE"], isbn_check="report"))


@pytest.mark.parametrize(
    "written", ["9780441172719", "978-0-441-17271-9", "0441172717", "0-441-17271-7", "ISBN%20978%200441172719"]
)
def test_show_book_by_isbn_in_any_written_form(client, make_book, written):
    make_book("Dune", isbn="9780441172719")

    response = client.get(f"{BOOKS}/isbn/{written}")

    assert response.get_json()["data"]["title"] == "Dune"


def test_show_book_by_unknown_isbn_is_not_found(client):
    assert failure(client.get(f"{BOOKS}/isbn/9780441172719")) == (404, "book_not_found")


@pytest.mark.parametrize("written", ["123", "9780441172710", "abc", "%00", "%ff", "9" * 300, "9770441172719"])
def test_show_book_by_malformed_isbn_names_the_field(client, written):
    response = client.get(f"{BOOKS}/isbn/{written}")

    assert failure(response) == (422, "validation_failed")
    assert list(response.get_json()["error"]["details"]) == ["isbn"]


def test_isbn_of_prefix_979_has_no_ten_digits(client, member):
    book = client.post(BOOKS, headers=member, json={"title": "X", "isbn": "979-10-90636-07-1"}).get_json()["data"]

    assert (book["isbn"], book["isbn_10"]) == ("9791090636071", None)


def test_wrong_isbn_is_refused_by_default(client, member):
    response = client.post(BOOKS, headers=member, json={"title": "X", "isbn": "9780441172710"})

    assert failure(response) == (422, "validation_failed")
    assert response.get_json()["error"]["details"] == {"isbn": ["The check digit of the ISBN is wrong."]}


def test_wrong_isbn_is_left_out_and_told_where_that_is_set(client, member, wrong_isbns_reported):
    created = client.post(BOOKS, headers=member, json={"title": "X", "isbn": "9780441172710"})
    address = created.headers["Location"]
    kept = client.put(address, headers=member, json={"isbn": "9780441172719"})
    changed = client.put(address, headers=member, json={"isbn": "9780441172710"})

    assert created.status_code == 201
    assert created.get_json()["data"]["isbn"] is None
    assert (
        created.get_json()["message"] == "The book was stored without its ISBN: the check digit of the ISBN is wrong."
    )
    assert "message" not in kept.get_json()
    assert changed.get_json()["data"]["isbn"] == "9780441172719"
    assert changed.get_json()["message"] == "The ISBN was left as it was: the check digit of the ISBN is wrong."
    assert failure(client.post(BOOKS, headers=member, json={"title": "X", "isbn": "12"})) == (422, "validation_failed")
