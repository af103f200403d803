"""Facets and embeds through the gateway."""

from __future__ import annotations

import secrets

from customer import Customer


def test_facets_and_embeds_of_a_list_follow_what_members_write(visitor: Customer, member: Customer) -> None:
    publisher = f"Press {secrets.token_hex(6)}"
    for number in range(3):
        body = {"title": f"Book {number}", "author": f"Writer {number % 2}", "year": 1968 + number, "language": "en"}
        created = member.post("/api/v1/books", {**body, "publisher": publisher})
        assert created.status_code == 201, created.text
    newest = created.headers["Location"]
    query = {"publisher": publisher, "facets": "author,decade,language", "include": "authors,reviews", "per_page": 1}

    answer = visitor.get("/api/v1/books", params=query)

    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["facets_are"] == "exact"
    assert page["facets"]["decade"] == [{"value": 1960, "count": 2}, {"value": 1970, "count": 1}]
    assert page["facets"]["language"] == [{"value": "en", "count": 3}]
    assert [(author["value"], author["count"]) for author in page["facets"]["author"]] == [
        ("Writer 0", 2),
        ("Writer 1", 1),
    ]
    (book,) = page["data"]
    (author,) = book["embedded"]["authors"]
    assert author == visitor.get(book["links"]["authors"][0]).json()["data"]
    assert book["embedded"]["reviews"] == []

    assert member.post(f"{newest}/reviews", {"rating": 5, "text": "Good."}).status_code == 201
    known = {"If-None-Match": answer.headers["ETag"]}
    changed = visitor.get("/api/v1/books", params=query, headers=known)
    assert changed.status_code == 200
    (review,) = changed.json()["data"][0]["embedded"]["reviews"]
    assert review == visitor.get(review["links"]["self"]).json()["data"]
    one = visitor.get(newest, params={"include": "reviews"})
    assert one.json()["data"]["embedded"] == {"reviews": [review]}
    known = {"If-None-Match": one.headers["ETag"]}
    assert visitor.get(newest, params={"include": "reviews"}, headers=known).status_code == 304

    refused = visitor.get("/api/v1/books", params={"facets": "author,colour", "include": "covers"})
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == {
        "facets": ["Must be made of: author, decade, language, publisher, series, subject."],
        "include": ["Must be made of: authors, reviews."],
    }
