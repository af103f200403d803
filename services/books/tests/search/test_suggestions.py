"""What is suggested to somebody who types."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import update

from books_service.books.models import Book

URL = "/api/v1/books/suggestions"


@pytest.fixture(name="shelf", autouse=True)
def _shelf(make_book, session):
    ratings = {
        ("It", "Stephen King"): 90,
        ("The Shining", "Stephen King"): 80,
        ("The Return of the King", "J. R. R. Tolkien"): 85,
        ("Catch-22", "Joseph Heller"): 70,
        ("Cien a\u00f1os de soledad", "Gabriel Garc\u00eda M\u00e1rquez"): 60,
        ("Kim", "Rudyard Kipling"): 50,
        ("Kim!", "Rudyard Kipling"): 40,
        ("Kim", "Somebody Else"): 30,
    }
    for (title, author), count in ratings.items():
        session.execute(update(Book).where(Book.id == make_book(title, author)).values(ratings_count=count))
    session.commit()


def suggested(client, text, **parameters):
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"q": text, **parameters}.items())
    return [found["text"] for found in client.get(f"{URL}?{query}").get_json()["data"]["suggestions"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ki", ["Stephen King", "The Return of the King", "Kim", "Rudyard Kipling", "Kim!", "Kim"]),
        ("KING", ["Stephen King", "The Return of the King"]),
        ("the", ["The Return of the King", "The Shining"]),
        ("return the ki", ["The Return of the King"]),
        ("stephen k", ["Stephen King"]),
        ("king stephen", ["Stephen King"]),
        ("king shining", []),
        ("garcia mar", ["Gabriel Garc\u00eda M\u00e1rquez"]),
        ("A\u00d1O", ["Cien a\u00f1os de soledad"]),
        ("jrr", ["J. R. R. Tolkien"]),
        ("j.r.r. tol", ["J. R. R. Tolkien"]),
        ("catch2", ["Catch-22"]),
        ("catch-2", ["Catch-22"]),
        ("it", ["It"]),
        ("title:it", []),
        ('"', []),
        ("", []),
        ("zzz", []),
    ],
)
def test_titles_and_authors_are_suggested_by_the_beginnings_of_their_words(client, text, expected):
    assert suggested(client, text) == expected


def test_a_suggestion_leads_to_its_book_or_author(client):
    author, book, *_ = client.get(f"{URL}?q=king").get_json()["data"]["suggestions"]

    assert (author["kind"], author["author"]) == ("author", None)
    assert (book["kind"], book["author"]) == ("title", "J. R. R. Tolkien")
    assert client.get(author["links"]["self"]).get_json()["data"]["name"] == "Stephen King"
    assert client.get(book["links"]["self"]).get_json()["data"]["id"] == book["id"]


def test_a_variant_of_a_name_leads_to_its_author(client, librarian):
    (author,) = client.get(f"{URL}?q=heller").get_json()["data"]["suggestions"]
    client.patch(author["links"]["self"], json={"variants": ["Joe Hell"]}, headers=librarian)

    assert suggested(client, "joe") == ["Joseph Heller"]


def test_suggestions_are_ten_unless_another_limit_is_asked_for(client, make_book):
    for number in range(25):
        make_book(f"Volume {number}")

    assert [len(suggested(client, "vol", **limit)) for limit in ({}, {"limit": 3}, {"limit": 20})] == [10, 3, 20]


@pytest.mark.parametrize("query", ["", "q=a&limit=21", "q=a&limit=0", "q=a&limit=x", "q=" + "a" * 201, "q=a%00"])
def test_malformed_questions_are_refused(client, query):
    answer = client.get(f"{URL}?{query}")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "validation_failed")
