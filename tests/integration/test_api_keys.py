"""API keys as programs use them: through the gateway, which exchanges them for access tokens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from customer import Customer
from program import API_KEYS, BOOKS, ME, WAIT_SECONDS, Program, error_of, make_key, wait_for
from stack import Stack

# What is revoked is refused within a second; the rest is for a busy machine.
REVOKED_WITHIN_SECONDS = 1 + 0.5


@pytest.fixture(name="behind_proxy")
def _behind_proxy(stack: Stack, narrow_gateway: Callable[..., Customer]) -> Callable[[str, str], requests.Response]:
    """Return a function that reads books with a secret, from an address as a trusted proxy tells it."""
    gateway = narrow_gateway(COLOPHON_TRUSTED_PROXIES=f"{stack.host_address()}/32")

    return lambda secret, address: gateway.get(BOOKS, headers={"X-API-Key": secret, "X-Forwarded-For": address})


def test_a_key_is_good_at_both_services(program: Program, member: Customer) -> None:
    created = program.post("/api/v1/books", {"title": f"By a program {secrets.token_hex(4)}"})

    assert created.status_code == 201
    assert created.json()["data"]["created_by"] == member.user["id"]
    assert program.get(BOOKS).status_code == 200
    assert program.get(ME).json()["data"]["email"] == member.email
    assert program.request("HEAD", BOOKS).status_code == 200
    assert program.delete(created.json()["data"]["links"]["self"]).status_code == 403


def test_a_key_has_its_own_scopes_alone(stack: Stack, member: Customer) -> None:
    reader = Program(stack.base_url, make_key(member, scopes=["books:read"])["secret"])

    refused = reader.post("/api/v1/books", {"title": "Not by a reader"})

    assert error_of(refused) == (403, "insufficient_scope")
    assert 'scope="books:write"' in refused.headers["WWW-Authenticate"]
    assert reader.get(BOOKS).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/auth/sessions", None),
        ("POST", "/api/v1/auth/logout", None),
        ("PATCH", "/api/v1/users/profile", {"name": "Eve"}),
        ("GET", API_KEYS, None),
        ("POST", API_KEYS, {"name": "another", "scopes": ["books:read"]}),
    ],
)
def test_a_key_reaches_nothing_of_the_account(program: Program, method: str, path: str, body: Any) -> None:
    assert error_of(program.request(method, path, json=body)) == (403, "insufficient_scope")


def test_a_revoked_key_is_refused_within_a_second(program: Program, member: Customer, key: dict[str, Any]) -> None:
    for path in (BOOKS, ME):
        assert program.get(path).status_code == 200

    assert member.delete(key["links"]["self"]).status_code == 204

    deadline = time.monotonic() + REVOKED_WITHIN_SECONDS
    refusals = 0
    while refusals < 10:
        answers = [program.get(BOOKS), program.get(ME)]
        refused = all(answer.status_code == 401 for answer in answers)
        refusals = refusals + 1 if refused else 0
        assert refused or time.monotonic() < deadline, [answer.text for answer in answers]
    # First by the services, then, once it asks again, by the gateway.
    challenge = wait_for(program, (401, "api_key_revoked")).headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="colophon"'


def test_the_keys_of_a_deleted_account_go_with_it(
    program: Program, member: Customer, admin: Customer, key: dict[str, Any]
) -> None:
    assert program.get(BOOKS).status_code == 200

    assert admin.delete(f"/api/v1/users/{member.user['id']}").status_code == 204

    assert error_of(program.get(BOOKS)) == (401, "token_revoked")
    wait_for(program, (401, "api_key_unknown"))


def test_a_new_role_counts_for_the_keys_too(stack: Stack, member: Customer, admin: Customer) -> None:
    assert admin.patch(f"/api/v1/users/{member.user['id']}", {"role": "librarian"}).status_code == 200
    member.sign_in(member.email or "", member.password or "")
    program = Program(stack.base_url, make_key(member, scopes=["books:write", "books:curate"])["secret"])
    (author,) = member.post("/api/v1/books", {"title": "A", "author": f"Of {secrets.token_hex(4)}"}).json()["data"][
        "authors"
    ]

    def rename() -> requests.Response:
        return program.patch(author["links"]["self"], {"name": f"By {secrets.token_hex(4)}"})

    assert rename().status_code == 200
    assert admin.patch(f"/api/v1/users/{member.user['id']}", {"role": "user"}).status_code == 200
    # The token of the old role is refused at once, and the next one lacks the scope.
    deadline = time.monotonic() + WAIT_SECONDS
    while (failure := error_of(rename())) != (403, "insufficient_scope"):
        assert failure == (401, "token_revoked")
        assert time.monotonic() < deadline


def test_after_a_rotation_both_secrets_work_until_the_overlap_ends(
    stack: Stack, member: Customer, key: dict[str, Any]
) -> None:
    rotated = member.post(key["links"]["self"] + "/rotate", {"overlap_seconds": 2}).json()["data"]
    old, new = (Program(stack.base_url, each["secret"]) for each in (key, rotated))

    assert new.get(BOOKS).status_code == 200
    assert old.get(BOOKS).status_code == 200
    wait_for(old, (401, "api_key_expired"))
    assert new.get(BOOKS).status_code == 200

    member.post(key["links"]["self"] + "/rotate", {"overlap_seconds": 0})
    wait_for(new, (401, "api_key_unknown"))


def test_an_expired_key_is_refused(stack: Stack, member: Customer) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    program = Program(stack.base_url, make_key(member, expires_at=soon)["secret"])
    assert program.get(BOOKS).status_code == 200

    wait_for(program, (401, "api_key_expired"))


def test_a_key_is_good_only_where_its_allow_list_says(
    stack: Stack, member: Customer, behind_proxy: Callable[[str, str], requests.Response]
) -> None:
    key = make_key(member, allowed_addresses=["203.0.113.0/24"])

    for _ in range(3):
        # Within the seconds in which the gateway keeps both answers: neither is given to the other address.
        assert behind_proxy(key["secret"], "203.0.113.5").status_code == 200
        assert error_of(behind_proxy(key["secret"], "198.51.100.7")) == (403, "api_key_address_not_allowed")
    assert error_of(behind_proxy(key["secret"], "203.0.113.5, 198.51.100.8")) == (403, "api_key_address_not_allowed")
    assert error_of(Program(stack.base_url, key["secret"]).get(BOOKS)) == (403, "api_key_address_not_allowed")

    shown = member.get(key["links"]["self"]).json()["data"]
    assert shown["last_used_address"] == "203.0.113.5"


def test_nobody_chooses_his_address(stack: Stack, member: Customer) -> None:
    secret = make_key(member, allowed_addresses=["203.0.113.5"])["secret"]

    answer = Program(stack.base_url, secret).get(BOOKS, headers={"X-Forwarded-For": "203.0.113.5"})

    assert error_of(answer) == (403, "api_key_address_not_allowed")


def test_each_key_is_limited_by_itself(stack: Stack, program: Program, member: Customer) -> None:
    other = Program(stack.base_url, make_key(member)["secret"])

    def left(customer: Customer) -> int:
        return int(customer.get(BOOKS).headers["RateLimit-Remaining"])

    first = left(program)
    assert left(program) < first
    assert left(other) >= first
    assert left(member) >= first


def test_the_first_use_and_each_new_address_are_shown(program: Program, member: Customer, key: dict[str, Any]) -> None:
    assert member.get(key["links"]["self"]).json()["data"]["last_used_at"] is None

    program.get(BOOKS)

    shown = member.get(key["links"]["self"]).json()["data"]
    assert shown["last_used_at"] >= key["created_at"]
    assert shown["last_used_address"]
    assert (shown["version"], shown["updated_at"]) == (key["version"], key["updated_at"])
