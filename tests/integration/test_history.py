"""Versions through the gateway: what was changed, taken back, deleted and restored."""

from __future__ import annotations

from collections.abc import Callable

from customer import Customer


def test_change_is_seen_by_everybody_and_taken_back(
    visitor: Customer, member: Customer, new_member: Callable[[], Customer]
) -> None:
    book = member.post("/api/v1/books", {"title": "Right", "author": "Ann"}).headers["Location"]
    changed = member.patch(book, {"title": "Wrong"})
    newest, first = visitor.get(f"{book}/revisions").json()["data"]
    assert [newest["change"], newest["changed_by"], newest["fields"]] == ["updated", int(member.user["id"]), ["title"]]
    assert first["change"] == "created"
    shown = visitor.get(newest["links"]["self"]).json()["data"]["changes"]
    assert shown == [{"field": "title", "old": "Right", "new": "Wrong"}]

    back = f"{first['links']['self']}/revert"
    assert new_member().post(back).status_code == 403
    assert member.post(back, headers={"If-Match": '"1"'}).status_code == 412
    answer = member.post(back, headers={"If-Match": changed.headers["ETag"]})

    assert answer.status_code == 200, answer.text
    assert visitor.get(book).json()["data"]["title"] == "Right"
    assert visitor.get(book).headers["ETag"] == answer.headers["ETag"]


def test_deletion_is_undone_with_all_that_went_with_the_book(
    visitor: Customer, member: Customer, admin: Customer
) -> None:
    book = member.post("/api/v1/books", {"title": "Lost", "author": "Ann"}).headers["Location"]
    review = member.post(f"{book}/reviews", {"rating": 5}).headers["Location"]
    was = visitor.get(book).json()["data"]
    assert admin.delete(book).status_code == 204
    assert visitor.get(book).json()["error"]["code"] == "book_not_found"
    assert visitor.get(f"{book}/revisions").status_code == 404
    assert visitor.get(review).status_code == 404
    deleted = admin.get("/api/v1/books/deleted").json()["data"][0]
    assert (deleted["id"], deleted["title"]) == (was["id"], "Lost")
    assert member.post(deleted["links"]["restore"]).status_code == 403

    assert admin.post(deleted["links"]["restore"]).status_code == 200

    now = visitor.get(book).json()["data"]
    assert {name for name in was if now[name] != was[name]} == {"version", "etag", "updated_at"}
    assert visitor.get(review).json()["data"]["rating"] == 5
    assert [one["change"] for one in visitor.get(f"{book}/revisions").json()["data"]] == [
        "restored",
        "deleted",
        "created",
    ]
