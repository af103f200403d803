"""Lists of reviews: operators, cursors, totals and fields."""

from __future__ import annotations

import pytest

REVIEWS = "/api/v1/reviews"


@pytest.fixture(name="book_id")
def _book_id(client, make_book, tokens):
    book_id = make_book("T", "Ann")
    for user_id in range(1, 6):
        text = {"text": "Good."} if user_id == 1 else {}
        review = {"rating": user_id, **text}
        client.post(f"/api/v1/books/{book_id}/reviews", json=review, headers=tokens.headers(user_id))
    return book_id


def ratings(client, address, query):
    answer = client.get(f"{address}?{query}&sort=rating").get_json()
    return [review["rating"] for review in answer["data"]]


def test_operators_find_what_they_say(client, book_id):
    for address in (REVIEWS, f"/api/v1/books/{book_id}/reviews"):
        assert ratings(client, address, "rating.from=2&rating.to=4") == [2, 3, 4]
        assert ratings(client, address, "rating.in=1,5&user_id.in=1,2") == [1]
        assert ratings(client, address, "text.null=false") == [1]
        assert ratings(client, address, "created_at.to=2001-01-01") == []
    assert ratings(client, REVIEWS, f"book_id.in={book_id + 1}") == []
    assert client.get(f"/api/v1/books/{book_id}/reviews?book_id={book_id}").status_code == 422


def test_reviews_are_read_by_cursors_and_counted_as_asked(client, book_id):
    address = f"/api/v1/books/{book_id}/reviews?sort=-rating&per_page=2"
    first = client.get(address).get_json()
    second = client.get(f"{address}&cursor={first['pagination']['next_cursor']}").get_json()

    assert [review["rating"] for review in first["data"] + second["data"]] == [5, 4, 3, 2]
    assert (first["pagination"]["total_items"], second["pagination"]["total_is"]) == (5, "none")
    assert client.get(f"{REVIEWS}?total=none").get_json()["pagination"]["total_items"] is None


def test_fields_show_nothing_else(client, book_id):
    review = client.get(f"{REVIEWS}?rating=1").get_json()["data"][0]

    assert client.get(f"{REVIEWS}?rating=1&fields=id,text").get_json()["data"] == [
        {"id": review["id"], "text": "Good."}
    ]
    assert client.get(f"{review['links']['self']}?fields=rating").get_json()["data"] == {"rating": 1}
