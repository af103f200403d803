"""Works and their editions, and many ISBNs at once, through the gateway."""

from __future__ import annotations

import secrets

from customer import Customer
from program import Program


def isbn_13(number: int) -> str:
    """Return the ISBN-13 whose registration group and title are ``number``."""
    digits = f"979{number:09}"
    return digits + str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10)


def test_editions_are_grouped_by_a_work_until_it_is_deleted(
    visitor: Customer, member: Customer, admin: Customer
) -> None:
    assert member.post("/api/v1/works", {"title": "Mine"}).json()["error"]["code"] == "insufficient_scope"
    title = f"Grouped {secrets.token_hex(6)}"
    created = admin.post("/api/v1/works", {"title": title})
    assert created.status_code == 201, created.text
    work = created.json()["data"]
    for year in (1965, 1990):
        body = {"title": f"Edition of {year}", "author": "Ann", "year": year, "work_id": work["id"]}
        assert member.post("/api/v1/books", body).status_code == 201

    editions = visitor.get(work["links"]["editions"]).json()["data"]
    assert [edition["title"] for edition in editions] == ["Edition of 1990", "Edition of 1965"]
    assert {edition["links"]["work"] for edition in editions} == {work["links"]["self"]}
    (found,) = visitor.get("/api/v1/works", params={"search": title}).json()["data"]
    assert (found["editions_count"], found["first_year"], found["author"]) == (2, 1965, "Ann")
    refused = member.post("/api/v1/books", {"title": "X", "work_id": 10**17})
    assert (refused.status_code, list(refused.json()["error"]["details"])) == (422, ["work_id"])

    renamed = admin.patch(work["links"]["self"], {"title": f"{title}!"}, headers={"If-Match": created.headers["ETag"]})
    assert renamed.status_code == 200, renamed.text
    stale = admin.delete(work["links"]["self"], headers={"If-Match": created.headers["ETag"]})
    assert stale.json()["error"]["code"] == "precondition_failed"
    assert admin.delete(work["links"]["self"]).status_code == 204

    assert visitor.get(work["links"]["editions"]).json()["error"]["code"] == "work_not_found"
    left = visitor.get(editions[0]["links"]["self"]).json()["data"]
    assert (left["work_id"], left["version"]) == (None, editions[0]["version"] + 1)


def test_a_thousand_isbns_are_looked_up_in_one_call(visitor: Customer, member: Customer, program: Program) -> None:
    first = secrets.randbelow(10**8) * 10
    isbns = [isbn_13(first + offset) for offset in range(998)]
    book = member.post("/api/v1/books", {"title": "Looked up", "isbn": isbns[500]}).json()["data"]
    written = [*isbns, f"ISBN {isbns[500][:3]}-{isbns[500][3:]}", "no ISBN"]

    for caller in (visitor, member, program):
        answer = caller.post("/api/v1/books/isbn-lookup", {"isbns": written})

        assert answer.status_code == 200, answer.text
        results = answer.json()["data"]["results"]
        assert [result["isbn"] for result in results] == written
        found = [result["book"] for result in results if result["status"] == "found"]
        assert found == [book, book]
        assert [result["status"] for result in results].count("unknown") == 997
        assert (results[-1]["status"], results[-1]["isbn_13"]) == ("invalid", None)

    too_many = visitor.post("/api/v1/books/isbn-lookup", {"isbns": [*written, "1"]})
    assert too_many.json()["error"]["code"] == "validation_failed"
