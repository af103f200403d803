"""Suggestions of duplicates through the gateway, followed by what they are for."""

from __future__ import annotations

import secrets

from customer import Customer


def test_suggested_authors_are_merged_and_suggested_no_more(
    visitor: Customer, member: Customer, admin: Customer
) -> None:
    name = "".join(secrets.choice("abcdefghijklmnop") for _ in range(12))
    written = (f"J. K. {name}", f"J.K. {name}")
    books = [
        member.post("/api/v1/books", {"title": f"By {name}", "author": author}).json()["data"] for author in written
    ]
    authors = [book["authors"][0]["id"] for book in books]
    for kind, one in (("authors", authors[0]), ("books", books[0]["id"])):
        query = f"/api/v1/{kind}/duplicates?{kind[:-1]}_id={one}"
        assert visitor.get(query).json()["error"]["code"] == "token_missing"
        assert member.get(query).json()["error"]["code"] == "insufficient_scope"

    (twins,) = admin.get(f"/api/v1/books/duplicates?book_id={books[0]['id']}").json()["data"]
    (same,) = admin.get(f"/api/v1/authors/duplicates?author_id={authors[0]}").json()["data"]

    assert {twins[one]["id"] for one in ("source", "into")} == {book["id"] for book in books}
    assert {same[one]["id"] for one in ("source", "into")} == set(authors)
    assert (same["score"], same["reasons"]) == (95, ["same_letters"])

    assert admin.post(same["links"]["merge"], {"into": same["into"]["id"]}).status_code == 201

    assert admin.get(f"/api/v1/authors/duplicates?author_id={same['into']['id']}").json()["data"] == []
    walk = admin.get("/api/v1/authors/duplicates")
    assert (walk.status_code, walk.json()["pagination"]["per_page"]) == (200, 200)
