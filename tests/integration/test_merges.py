"""Merges through the gateway: one author or book out of two, old addresses that lead on, and two again."""

from __future__ import annotations

import secrets

from customer import Customer


def test_authors_are_merged_and_separated_again(visitor: Customer, member: Customer, admin: Customer) -> None:
    name = secrets.token_hex(6)
    book = member.post("/api/v1/books", {"title": "Stone", "author": f"J. K. {name}"}).json()["data"]
    other = member.post("/api/v1/books", {"title": "Goblet", "author": f"J.K. {name}"}).json()["data"]
    spaced, close = (one["authors"][0]["links"]["self"] for one in (book, other))
    body = {"into": other["authors"][0]["id"]}
    assert member.post(f"{spaced}/merge", body).json()["error"]["code"] == "insufficient_scope"

    merged = admin.post(f"{spaced}/merge", body)

    assert merged.status_code == 201, merged.text
    sent_on = visitor.get(f"{spaced}/books?per_page=5")
    assert (sent_on.status_code, sent_on.headers["Location"]) == (308, f"{close}/books?per_page=5")
    assert sent_on.headers["Cache-Control"] == "no-cache"
    titles = {item["title"] for item in visitor.get(sent_on.headers["Location"]).json()["data"]}
    assert titles == {"Stone", "Goblet"}
    head = visitor.request("HEAD", spaced)
    assert (head.status_code, head.headers["Location"], head.content) == (308, close, b"")
    assert admin.put(spaced, {"name": "X"}).json()["error"]["code"] == "already_merged"
    assert visitor.get(book["links"]["self"]).json()["data"]["author"] == f"J.K. {name}"
    listed = admin.get(f"/api/v1/merges?into_id={body['into']}").json()["data"]
    assert [item["links"]["self"] for item in listed] == [merged.headers["Location"]]

    assert admin.post(f"{merged.headers['Location']}/undo").status_code == 200

    assert visitor.get(spaced).json()["data"]["name"] == f"J. K. {name}"
    assert visitor.get(book["links"]["self"]).json()["data"]["author"] == f"J. K. {name}"
    assert visitor.get(close).json()["data"]["variants"] == []


def test_books_are_merged_with_their_reviews_and_separated_again(
    visitor: Customer, member: Customer, admin: Customer
) -> None:
    title = secrets.token_hex(6)
    one, other = (member.post("/api/v1/books", {"title": title}).json()["data"]["links"]["self"] for _ in range(2))
    member.post(f"{one}/reviews", {"rating": 2})
    admin.post(f"{other}/reviews", {"rating": 5})
    body = {"into": int(other.rpartition("/")[2])}
    assert member.post(f"{one}/merge", body).json()["error"]["code"] == "insufficient_scope"

    merged = admin.post(f"{one}/merge", body)

    assert merged.status_code == 201, merged.text
    for below in ("", "/reviews?per_page=5", "/revisions"):
        sent_on = visitor.get(f"{one}{below}")
        assert (sent_on.status_code, sent_on.headers["Location"]) == (308, f"{other}{below}")
    head = visitor.request("HEAD", one)
    assert (head.status_code, head.headers["Location"], head.content) == (308, other, b"")
    assert visitor.get(other).json()["data"]["reviews"] == {"count": 2, "average": 3.5}
    assert member.put(one, {"title": "X"}).json()["error"]["code"] == "already_merged"

    assert admin.post(f"{merged.headers['Location']}/undo").status_code == 200

    figures = [visitor.get(address).json()["data"]["reviews"]["count"] for address in (one, other)]
    assert figures == [1, 1]
