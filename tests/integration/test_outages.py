"""What customers see while a part of the stack is away."""

from __future__ import annotations

import time

import pytest

# Bounds that the design promises (Redis: no wait over 1 s, a frozen database: one answer in a bounded time), with room
# for a busy machine. Benchmarks measure speed; these see that nothing waits for ever.
REDIS_BOUND_SECONDS = 2
DATABASE_BOUND_SECONDS = 12


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_redis_reads_and_writes_go_on_and_login_limits_hold(stack, visitor, member, new_member, how):
    victim = new_member()
    with stack.without("redis", how):
        slowest = 0.0
        statuses = []
        for send in (
            lambda: visitor.get("/api/v1/books"),
            lambda: member.get("/api/v1/books"),
            lambda: member.post("/api/v1/books", {"title": "Without Redis"}),
            lambda: member.get("/api/v1/auth/me"),
            lambda: visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password}),
            lambda: visitor.post("/api/v1/auth/refresh", {"refresh_token": victim.refresh_token}),
        ):
            began = time.monotonic()
            statuses.append(send().status_code)
            slowest = max(slowest, time.monotonic() - began)
        # 50 failures an account and minute at this scale; each of the two processes counts for itself.
        failures = [
            visitor.post("/api/v1/auth/login", {"email": victim.email, "password": "wrong password"}).status_code
            for _ in range(110)
        ]

    assert statuses == [200, 200, 201, 200, 200, 200]
    assert set(failures) == {401, 429}
    assert slowest < REDIS_BOUND_SECONDS
    assert visitor.get("/api/v1/books").status_code == 200


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_the_database_every_answer_is_a_503_that_says_when_to_come_back(stack, visitor, member, how):
    with stack.without("postgres", how):
        for answer in (
            visitor.get("/api/v1/books"),
            member.post("/api/v1/books", {"title": "Lost?"}),
            visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password}),
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
