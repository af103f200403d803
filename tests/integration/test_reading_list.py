"""Reading lists through the gateway: of people and of programs, for nobody else, until their account ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from customer import Customer
from program import Program, make_key
from stack import Stack

LIST = "/api/v1/reading-list"
# Deleting an account is told to the catalogue within a second or so; the rest is for a busy machine.
TOLD_WITHIN_SECONDS = 60


def entries_of(stack: Stack, member: Customer) -> int:
    """Return how many entries there are of a member, as an operator sees it: nobody else could."""
    statement = f"SELECT count(*) FROM books.reading_list_entries WHERE user_id = {member.user['id']}"
    psql = ("exec", "-T", "postgres", "psql", "--username", "postgres", "--dbname", "colophon", "-Atc", statement)
    return int(stack.run(*psql))


def test_reading_list_is_kept_for_its_owner_alone_and_ends_with_the_account(
    stack: Stack, visitor: Customer, new_member: Callable[[], Customer], admin: Customer
) -> None:
    leaver, other = new_member(), new_member()
    book = other.post("/api/v1/books", {"title": "Listed", "author": "Ann"}).json()["data"]
    created = leaver.post(LIST, {"book_id": book["id"], "note": "Page 12", "started_on": "2026-01-31"})
    assert created.status_code == 201, created.text
    entry = created.headers["Location"]
    assert created.json()["data"]["book"]["author"] == "Ann"
    assert leaver.post(LIST, {"book_id": book["id"]}).json()["error"]["code"] == "book_already_listed"
    assert leaver.get(entry).headers["Cache-Control"] == "private, no-cache"

    for stranger in (other, admin):
        assert stranger.get(entry).json()["error"]["code"] == "reading_list_entry_not_found"
        assert stranger.delete(entry).status_code == stranger.put(entry, {"note": "x"}).status_code == 404
        assert stranger.get(LIST).json()["data"] == []
    assert visitor.get(LIST).json()["error"]["code"] == "token_missing"
    assert [item["note"] for item in leaver.get(LIST).json()["data"]] == ["Page 12"]

    links = leaver.get("/api/v1/users/profile/export").json()["data"]["links"]
    assert links["reading_list"] == LIST
    assert leaver.get(links["reviews"]).status_code == 200

    assert entries_of(stack, leaver) == 1
    assert leaver.delete("/api/v1/users/profile", json={"current_password": leaver.password}).status_code == 204

    deadline = time.monotonic() + TOLD_WITHIN_SECONDS
    while entries_of(stack, leaver):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert leaver.post(LIST, {"book_id": book["id"]}).json()["error"]["code"] == "token_revoked"


def test_entry_is_changed_in_the_version_that_was_read(member: Customer) -> None:
    book = member.post("/api/v1/books", {"title": "Listed"}).json()["data"]
    entry = member.post(LIST, {"book_id": book["id"]}).headers["Location"]
    read = member.get(entry, headers={"Accept-Encoding": "gzip"})
    condition = {"If-Match": read.headers["ETag"]}

    finished = member.put(entry, {**read.json()["data"], "finished": True}, headers=condition)
    assert (finished.status_code, finished.json()["data"]["finished"]) == (200, True)
    late = member.patch(entry, {"finished": False}, headers=condition)
    assert late.json()["error"]["code"] == "precondition_failed"
    assert [item["links"]["self"] for item in member.get(f"{LIST}?finished=yes").json()["data"]] == [entry]
    assert member.get(f"{LIST}?finished=no").json()["data"] == []
    assert member.get(entry, headers={"If-None-Match": finished.headers["ETag"]}).status_code == 304
    assert member.delete(entry).status_code == 204


def test_program_sees_and_keeps_the_list_with_a_key_that_has_the_scopes(stack: Stack, member: Customer) -> None:
    book = member.post("/api/v1/books", {"title": "Listed"}).json()["data"]

    def answers(*scopes: str) -> tuple[int, int]:
        program = Program(stack.base_url, make_key(member, scopes=list(scopes))["secret"])
        return program.post(LIST, json={"book_id": book["id"]}).status_code, program.get(LIST).status_code

    assert answers("books:read") == (403, 403)
    assert answers("reading_list:write") == (201, 403)
    assert answers("reading_list:read") == (403, 200)
