"""Entity tags on their way through the gateway, and editors who would overwrite each other."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from customer import Customer

EDITORS = 50
ROUNDS = 4
# Longer than what the gateway compresses at least.
LONG = "A sentence that shrinks well. " * 60


@pytest.fixture(name="book")
def _book(member):
    book = member.post("/api/v1/books", {"title": f"It {secrets.token_hex(6)}", "description": LONG})
    return book.headers["Location"]


@pytest.fixture(name="editors")
def _editors(stack, member):
    """As many clients as there are editors, each with connections of its own."""
    return [Customer(stack.base_url, member.access_token) for _ in range(EDITORS)]


def at_once(editors, edit):
    """Return what ``edit(number, editor)`` gives for each, all having started at the same moment."""
    barrier = threading.Barrier(len(editors))

    def work(number, editor):
        barrier.wait(timeout=30)
        return edit(number, editor)

    with ThreadPoolExecutor(len(editors)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(work, *one) for one in enumerate(editors)]]


def test_of_fifty_editors_with_one_tag_exactly_one_wins_each_round(visitor, editors, book):
    for turn in range(ROUNDS):
        tag = visitor.get(book).headers["ETag"]

        answers = at_once(
            editors,
            lambda number, editor, tag=tag, turn=turn: editor.patch(
                book, {"publisher": f"{turn} {number}"}, headers={"If-Match": tag}
            ),
        )

        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(200), statuses.count(412)) == (1, EDITORS - 1), statuses
        (won,) = [answer for answer in answers if answer.status_code == 200]
        assert visitor.get(book).json()["data"] == won.json()["data"]
        assert won.json()["data"]["version"] == turn + 2


def test_editors_who_read_again_lose_no_edit(editors, book):
    def count_up(_number, editor):
        while True:
            read = editor.get(book)
            pages = (read.json()["data"]["page_count"] or 0) + 1
            answer = editor.patch(book, {"page_count": pages}, headers={"If-Match": read.headers["ETag"]})
            if answer.status_code != 412:
                return answer.status_code

    few = editors[:8]
    assert at_once(few, count_up) == [200] * len(few)
    assert few[0].get(book).json()["data"]["page_count"] == len(few)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_tag_that_was_read_is_good_for_reading_again_and_for_a_change(member, book, coding):
    accepting = {"Accept-Encoding": coding}
    read = member.get(book, headers=accepting)
    tag = read.headers["ETag"]
    assert (read.headers.get("Content-Encoding", "identity"), tag.startswith("W/")) == (coding, coding == "gzip")

    for known in (tag, f'"nothing", {tag}'):
        again = member.get(book, headers={**accepting, "If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"].removeprefix("W/") == tag.removeprefix("W/")
        assert member.request("HEAD", book, headers={**accepting, "If-None-Match": known}).status_code == 304

    changed = member.patch(book, {"year": 1986}, headers={**accepting, "If-Match": tag})
    assert changed.status_code == 200
    late = member.put(book, {"year": 1987}, headers={**accepting, "If-Match": tag})
    assert (late.status_code, late.json()["error"]["code"]) == (412, "precondition_failed")
    assert member.get(book, headers={**accepting, "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_list_that_is_known_is_not_sent_again(visitor, member, book, coding):
    title = member.get(book).json()["data"]["title"]
    headers = {"Accept-Encoding": coding}
    first = visitor.get("/api/v1/books", params={"title": title}, headers=headers)
    headers["If-None-Match"] = first.headers["ETag"]
    assert visitor.get("/api/v1/books", params={"title": title}, headers=headers).status_code == 304

    tag = first.json()["data"][0]["etag"]
    assert member.patch(book, {"year": 1986}, headers={"If-Match": tag}).status_code == 200

    assert visitor.get("/api/v1/books", params={"title": title}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ("nonsense", 400, "if_match_malformed"),
        ('"1" "2"', 400, "if_match_malformed"),
        ('W/"2"', 412, "precondition_failed"),
        ('"2", "3"', 412, "precondition_failed"),
        # More than a line of a request may have.
        (f'"{"1" * 10_000}"', 431, "headers_too_large"),
    ],
)
def test_condition_that_cannot_hold_changes_nothing(member, book, tag, status, code):
    refused = member.patch(book, {"year": 1986}, headers={"If-Match": tag})

    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert member.get(book).json()["data"]["version"] == 1
