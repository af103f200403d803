"""What customers see while a part of the stack is away."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest
import requests
from customer import Customer

# Redis: never a wait over 1 s, and half a second for the work itself on a busy machine.
REDIS_BOUND_SECONDS = 1 + 0.5
# A frozen database: an answer in a bounded time, with room for a busy machine.
DATABASE_BOUND_SECONDS = 12
# 50 failures an account and minute at the scale of these tests; each of the two processes counts for itself, and a
# window may end on the way. Below the 300 of an address.
FAILURES_AT_MOST = 220


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_redis_reads_and_writes_go_on_and_login_limits_hold(stack, visitor, admin, new_member, how):
    member, victim, leaver, deleted = (new_member() for _ in range(4))
    new_password = {"current_password": member.password, "password": secrets.token_urlsafe(18)}
    calls = [
        (200, lambda: visitor.get("/api/v1/books")),
        (200, lambda: member.get("/api/v1/books")),
        (201, lambda: member.post("/api/v1/books", {"title": "Without Redis"})),
        (200, lambda: member.get("/api/v1/auth/me")),
        (200, lambda: visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})),
        (200, lambda: visitor.post("/api/v1/auth/refresh", {"refresh_token": victim.refresh_token})),
        (204, lambda: leaver.post("/api/v1/auth/logout")),
        # Auth knows it without Redis.
        (401, lambda: leaver.get("/api/v1/auth/me")),
        (204, lambda: admin.delete(f"/api/v1/users/{deleted.user['id']}")),
        (200, lambda: member.patch("/api/v1/users/profile", new_password)),
    ]
    with stack.without("redis", how):
        answered = [timed(call) for _, call in calls]
        failures = [timed(lambda: fail_to_sign_in(visitor, victim))]
        while failures[-1][0] == 401 and len(failures) < FAILURES_AT_MOST:
            failures.append(timed(lambda: fail_to_sign_in(visitor, victim)))

    assert [status for status, _ in answered] == [expected for expected, _ in calls]
    assert {status for status, _ in failures[:-1]} == {401}
    assert failures[-1][0] == 429
    assert max(seconds for _, seconds in answered + failures) < REDIS_BOUND_SECONDS
    assert visitor.get("/api/v1/books").status_code == 200


def timed(call: Callable[[], requests.Response]) -> tuple[int, float]:
    """Return the status of the answer and the seconds that it took."""
    began = time.monotonic()
    return call().status_code, time.monotonic() - began


def fail_to_sign_in(visitor: Customer, victim: Customer) -> requests.Response:
    """Try to sign in with a wrong password."""
    return visitor.post("/api/v1/auth/login", {"email": victim.email, "password": "wrong password"})


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_the_database_every_answer_is_a_503_that_says_when_to_come_back(stack, visitor, member, how):
    with stack.without("postgres", how):
        for answer in (
            visitor.get("/api/v1/books"),
            member.post("/api/v1/books", {"title": "Lost?"}),
            visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password}),
            visitor.get("/api/v1/books/health"),
            visitor.get("/api/v1/auth/health"),
        ):
            assert answer.status_code == 503, answer.text
            assert answer.json()["error"]["code"] == "service_unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.elapsed.total_seconds() < DATABASE_BOUND_SECONDS
        assert visitor.get("/health").status_code == 200

    assert visitor.get("/api/v1/books").status_code == 200


def test_without_a_service_the_gateway_answers_for_it_and_the_other_goes_on(stack, visitor, member):
    with stack.without("auth", "stop"):
        away = visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})
        assert away.status_code == 503
        assert away.json()["error"]["code"] == "service_unavailable"
        assert away.headers["Retry-After"]
        # A token is verified without the service that issued it.
        assert member.post("/api/v1/books", {"title": "Auth is away"}).status_code == 201

    for _ in range(50):
        if visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password}).status_code == 200:
            return
        time.sleep(0.1)
    pytest.fail("the gateway did not find the service again")
