"""API keys while a part of the stack is away or about to change, and where the gateway keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from customer import Customer
from program import BOOKS, ME, WAIT_SECONDS, Program, error_of, made_up_secret, make_key, wait_for
from stack import Stack, docker

# The gateway asks again after five seconds, by a clock of whole seconds.
ASKED_AGAIN_AFTER_SECONDS = 6


def test_a_key_is_exchanged_on_a_connection_that_ends_before_a_reload(
    another_gateway: Callable[..., str], stack: Stack, key: dict[str, Any]
) -> None:
    container = another_gateway(COLOPHON_RATE_LIMIT_SCALE="10")
    port = docker("inspect", "--format", '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}', container)
    program = Program(f"http://127.0.0.1:{port.strip()}", key["secret"])
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if program.get(BOOKS).status_code == 200:
                break
        except requests.ConnectionError:
            pass
        assert time.monotonic() < deadline
    docker("exec", container, "touch", "/tmp/colophon/reload-soon")

    answers = [
        program.get(BOOKS),
        program.post("/api/v1/books", {"title": "Before a reload"}),
        Program(program.base_url, made_up_secret()).post("/api/v1/books", {"title": "Not at all"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 201, 401]
    assert {answer.headers["Connection"] for answer in answers} == {"close"}


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_while_auth_is_away_a_key_goes_on_and_a_fresh_one_is_told_to_come_back(
    stack: Stack, program: Program, new_member: Callable[[], Customer], how: str
) -> None:
    fresh = Program(stack.base_url, make_key(new_member())["secret"])
    assert program.get(BOOKS).status_code == 200

    with stack.without("auth", how):
        began = time.monotonic()
        # Longer than the gateway is content with an answer.
        while time.monotonic() - began < ASKED_AGAIN_AFTER_SECONDS + 2:
            assert program.get(BOOKS).status_code == 200
        assert program.post("/api/v1/books", {"title": "Auth is away"}).status_code == 201
        away = fresh.get(BOOKS)
        assert error_of(away) == (503, "service_unavailable")
        assert int(away.headers["Retry-After"]) >= 1
        assert error_of(Program(stack.base_url, "nonsense").get(BOOKS)) == (401, "api_key_unknown")

    deadline = time.monotonic() + WAIT_SECONDS
    while fresh.get(BOOKS).status_code != 200:
        assert time.monotonic() < deadline


def test_while_auth_is_away_a_token_is_not_used_beyond_its_life(stack: Stack, member: Customer) -> None:
    """Of a key that ends in 20 seconds auth lets the gateway keep the token for 10, not for 50."""
    ends_at = time.time() + 20
    soon = datetime.fromtimestamp(ends_at, UTC).isoformat()
    program = Program(stack.base_url, make_key(member, expires_at=soon)["secret"])
    assert program.get(BOOKS).status_code == 200

    with stack.without("auth", "stop"):
        assert program.get(BOOKS).status_code == 200
        wait_for(program, (503, "service_unavailable"))
        refused_at = time.time()

    assert refused_at < ends_at


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_without_redis_keys_work_and_unknown_ones_are_refused(
    stack: Stack, program: Program, member: Customer, how: str
) -> None:
    with stack.without("redis", how):
        answers = [
            program.get(BOOKS),
            program.get(ME),
            Program(stack.base_url, make_key(member)["secret"]).post("/api/v1/books", {"title": "Without Redis"}),
        ]
        unknown = Program(stack.base_url, made_up_secret()).get(BOOKS)

    assert [answer.status_code for answer in answers] == [200, 200, 201]
    assert error_of(unknown) == (401, "api_key_unknown")


def test_no_key_is_on_a_disk_of_the_gateway_or_in_any_log(stack: Stack, program: Program, key: dict[str, Any]) -> None:
    unknown = made_up_secret()
    Program(stack.base_url, unknown).get(BOOKS)
    program.get(BOOKS)

    found = stack.run("exec", "-T", "gateway", "stat", "-c", "%a", "/var/cache/api-keys").strip()
    kind = stack.run("exec", "-T", "gateway", "stat", "-f", "-c", "%T", "/var/cache/api-keys").strip()

    assert (found, kind) == ("700", "tmpfs")
    # The gateway writes its log once a second.
    deadline = time.monotonic() + WAIT_SECONDS
    request_id = program.get(BOOKS).headers["X-Request-Id"]
    while request_id not in (logs := stack.run("logs", "--no-log-prefix")):
        assert time.monotonic() < deadline
    assert key["secret"] not in logs
    assert unknown not in logs
