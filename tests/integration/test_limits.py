"""Rate limits as customers meet them. The stack of these tests multiplies all figures by ten."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from customer import Customer
from stack import RATE_LIMIT_SCALE

FAILED_LOGINS_PER_ACCOUNT = 5 * RATE_LIMIT_SCALE


def test_a_signed_in_customer_sees_what_is_left(member):
    first = member.get("/api/v1/books").headers
    second = member.get("/api/v1/books").headers

    assert int(first["RateLimit-Limit"]) == 1200 * RATE_LIMIT_SCALE
    assert int(second["RateLimit-Remaining"]) < int(first["RateLimit-Remaining"])
    assert 1 <= int(second["RateLimit-Reset"]) <= 61


def test_failed_logins_are_limited_by_account_and_leave_others_alone(visitor, new_member):
    victim, neighbour = new_member(), new_member()
    for _ in range(FAILED_LOGINS_PER_ACCOUNT):
        assert visitor.post("/api/v1/auth/login", {"email": victim.email, "password": "wrong one"}).status_code in (
            401,
            429,
        )

    refused = visitor.post("/api/v1/auth/login", {"email": victim.email, "password": victim.password})

    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert neighbour.sign_in(neighbour.email, neighbour.password)


@pytest.fixture
def narrow_gateway(stack):
    """A second gateway in front of the same services, with limits that a test can reach."""
    container = stack.run(
        "run", "--detach", "--no-deps", "--publish", "127.0.0.1::8080",
        "-e", "COLOPHON_RATE_LIMIT_SCALE=1", "-e", "COLOPHON_RATE_LIMIT_ANONYMOUS_READS_PER_MINUTE=30",
        "gateway",
    ).strip()  # fmt: skip
    try:
        ports = subprocess.run(["docker", "inspect", container], check=True, capture_output=True, text=True).stdout
        port = json.loads(ports)[0]["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
        gateway = Customer(f"http://127.0.0.1:{port}")
        for _ in range(100):
            try:
                if gateway.get("/health").status_code == 200 and gateway.get("/api/v1/books/health").status_code == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield gateway
    finally:
        subprocess.run(["docker", "rm", "--force", container], check=True, capture_output=True)


def test_anonymous_reads_are_limited_at_the_gateway_and_signed_in_ones_are_not(narrow_gateway, member):
    statuses = [narrow_gateway.get("/api/v1/books?per_page=1") for _ in range(200)]

    refused = [answer for answer in statuses if answer.status_code == 429]
    assert {answer.status_code for answer in statuses} == {200, 429}
    assert refused[0].json()["error"]["code"] == "rate_limited"
    assert int(refused[0].headers["Retry-After"]) >= 1

    reader = Customer(narrow_gateway.base_url, access_token=member.access_token)
    assert {reader.get("/api/v1/books?per_page=1").status_code for _ in range(30)} == {200}
