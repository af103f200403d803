"""Merges through the gateway: one author out of two, old addresses that lead on, and two again."""

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
