"""Reviews through the gateway: of people and of programs, until their account ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from customer import Customer
from program import Program, make_key
from stack import Stack

# Deleting an account is told to the catalogue within a second or so; the rest is for a busy machine.
TOLD_WITHIN_SECONDS = 60


def eventually(happened: Callable[[], bool]) -> None:
    """Return when ``happened`` is true."""
    deadline = time.monotonic() + TOLD_WITHIN_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def figures(visitor: Customer, book: str) -> dict[str, object]:
    """Return what a book shows of its reviews."""
    shown: dict[str, object] = visitor.get(book).json()["data"]["reviews"]
    return shown


def test_reviews_are_read_by_everybody_and_end_with_their_account(
    visitor: Customer, new_member: Callable[[], Customer]
) -> None:
    leaver, other = new_member(), new_member()
    assert leaver.patch("/api/v1/users/profile", {"name": "Ada"}).status_code == 200
    book = other.post("/api/v1/books", {"title": "Reviewed", "author": "Ann"}).headers["Location"]
    created = leaver.post(f"{book}/reviews", {"rating": 1, "text": "Dull."})
    assert created.status_code == 201, created.text
    review = created.headers["Location"]
    assert other.post(f"{book}/reviews", {"rating": 4}).status_code == 201
    assert leaver.post(f"{book}/reviews", {"rating": 5}).json()["error"]["code"] == "book_already_reviewed"
    assert figures(visitor, book) == {"count": 2, "average": 2.5}
    eventually(lambda: visitor.get(review).json()["data"]["reviewer"]["name"] == "Ada")
    by_leaver = f"/api/v1/reviews?user_id={leaver.user['id']}"
    assert [item["links"]["self"] for item in visitor.get(by_leaver).json()["data"]] == [review]

    assert leaver.delete("/api/v1/users/profile", json={"current_password": leaver.password}).status_code == 204

    eventually(lambda: visitor.get(review).status_code == 404)
    assert visitor.get(by_leaver).json()["data"] == []
    assert figures(visitor, book) == {"count": 1, "average": 4.0}


def test_review_is_changed_in_the_version_that_was_read_by_its_writer_alone(
    visitor: Customer, member: Customer, new_member: Callable[[], Customer], admin: Customer
) -> None:
    book = member.post("/api/v1/books", {"title": "Reviewed"}).headers["Location"]
    review = member.post(f"{book}/reviews", {"rating": 2}).headers["Location"]
    read = visitor.get(review, headers={"Accept-Encoding": "gzip"})
    condition = {"If-Match": read.headers["ETag"]}

    assert new_member().put(review, {"rating": 1}, headers=condition).json()["error"]["code"] == "not_your_review"
    assert member.put(review, {"rating": 3}, headers=condition).status_code == 200
    assert member.patch(review, {"rating": 4}, headers=condition).json()["error"]["code"] == "precondition_failed"
    assert visitor.delete(review).json()["error"]["code"] == "token_missing"
    assert admin.delete(review).status_code == 204
    assert figures(visitor, book) == {"count": 0, "average": None}


def test_program_reviews_with_a_key_that_has_the_scope(stack: Stack, member: Customer) -> None:
    book = member.post("/api/v1/books", {"title": "Reviewed"}).headers["Location"]

    def answer(*scopes: str) -> int:
        program = Program(stack.base_url, make_key(member, scopes=list(scopes))["secret"])
        return program.post(f"{book}/reviews", json={"rating": 3}).status_code

    assert answer("books:write") == 403
    assert answer("reviews:write") == 201
