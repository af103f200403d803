"""Repeated requests through the gateway, to two replicas of books."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from customer import Customer
from program import Program
from stack import Stack

BOOKS = "/api/v1/books"
AT_ONCE = 100
ORIGIN = "https://catalogue.example"


def fresh() -> str:
    """Return a text that is nowhere yet."""
    return secrets.token_hex(8)


def create(customer: Customer, key: str, title: str, url: str = BOOKS, **headers: str):
    return customer.post(url, {"title": title}, headers={"Idempotency-Key": key, **headers})


def found(visitor: Customer, title: str) -> int:
    """Return how many books have exactly this title."""
    return len(visitor.get(BOOKS, params={"title": title}).json()["data"])


def error_code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_hundred_requests_with_one_key_at_once_make_one_book(stack: Stack, member: Customer, visitor: Customer):
    key, title = fresh(), fresh()
    clients = [Customer(stack.base_url, member.access_token) for _ in range(AT_ONCE)]
    barrier = threading.Barrier(AT_ONCE)

    def send(client: Customer):
        barrier.wait(timeout=30)
        return create(client, key, title)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, clients))

    refused = [answer for answer in answers if answer.status_code != 201]
    assert {error_code(answer) for answer in refused} <= {(409, "idempotency_key_in_use")}, Counter(
        answer.status_code for answer in answers
    )
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    created = [answer for answer in answers if answer.status_code == 201]
    assert len([answer for answer in created if "Idempotency-Replayed" not in answer.headers]) == 1
    # Often enough that both replicas are asked.
    created += [create(client, key, title) for client in clients[:8]]
    assert {(answer.content, answer.headers["Location"]) for answer in created} == {
        (created[0].content, created[0].headers["Location"])
    }
    assert found(visitor, title) == 1


def test_repetition_gets_status_location_tag_and_body_again(member: Customer, visitor: Customer):
    key, title = fresh(), fresh()
    first = create(member, key, title)
    assert first.status_code == 201
    member.patch(first.headers["Location"], {"year": 1986})

    again = create(member, key, title)

    assert (again.status_code, again.content) == (201, first.content)
    assert [again.headers[name] for name in ("Location", "ETag")] == [first.headers[n] for n in ("Location", "ETag")]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert error_code(create(member, key, fresh())) == (422, "idempotency_key_reused")
    assert found(visitor, title) == 1


def test_review_is_written_once(member: Customer):
    reviews = member.post(BOOKS, {"title": fresh()}).headers["Location"] + "/reviews"
    headers = {"Idempotency-Key": fresh()}

    first, again = (member.post(reviews, {"rating": 4}, headers=headers) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert error_code(member.post(reviews, {"rating": 4})) == (409, "book_already_reviewed")


def test_program_and_owner_share_their_keys_and_nobody_else_does(
    member: Customer, program: Program, new_member: Callable[[], Customer]
):
    key, title = fresh(), fresh()
    first = create(program, key, title)

    assert create(member, key, title).content == first.content
    other = create(new_member(), key, title)
    assert (other.status_code, "Idempotency-Replayed" in other.headers) == (201, False)
    assert other.headers["Location"] != first.headers["Location"]


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("a b", 400, "idempotency_key_malformed"),
        ("k" * 256, 400, "idempotency_key_malformed"),
        ("k" * 8_000, 400, "idempotency_key_malformed"),
        # More than a line of a request may have: the gateway reads no further.
        ("k" * 10_000, 431, "headers_too_large"),
    ],
)
def test_key_that_cannot_be_one_creates_nothing(member: Customer, visitor: Customer, key: str, status: int, code: str):
    title = fresh()

    assert error_code(create(member, key, title)) == (status, code)
    assert found(visitor, title) == 0


def test_pages_of_other_origins_may_send_a_key_and_see_that_an_answer_is_repeated(member: Customer, visitor: Customer):
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "idempotency-key",
    }
    preflight = visitor.request("OPTIONS", BOOKS, headers=asked)
    assert "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"].split(", ")

    answer = create(member, fresh(), fresh(), Origin=ORIGIN)
    assert "Idempotency-Replayed" in answer.headers["Access-Control-Expose-Headers"].split(", ")


def test_account_that_was_deleted_gets_no_answer_again(new_member: Callable[[], Customer]):
    leaver, key, title = new_member(), fresh(), fresh()
    assert create(leaver, key, title).status_code == 201
    assert leaver.delete("/api/v1/users/profile", json={"current_password": leaver.password}).status_code == 204

    assert error_code(create(leaver, key, title)) == (401, "token_revoked")
