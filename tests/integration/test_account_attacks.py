"""What people may not say of themselves, and what they may not find out about others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from customer import Customer

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"
NOT_FOR_ONESELF = {
    "role": "admin",
    "id": 1,
    "email_verified": True,
    "email_verified_at": "2020-01-01T00:00:00Z",
    "disabled_at": None,
    "token_epoch": 7,
    "password_hash": "$argon2id$",
    "scope": "users:admin",
    "version": 99,
    "created_at": "2020-01-01T00:00:00Z",
}
# In an answer, so they may be sent back, and count for nothing.
READ_ONLY = {"id", "email_verified_at", "disabled_at", "version", "created_at"}


def new_account() -> dict[str, str]:
    return {"email": f"reader-{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(18)}


@pytest.mark.parametrize("field", NOT_FOR_ONESELF)
def test_registering_takes_nothing_that_is_not_for_the_caller_to_say(visitor: Customer, field: str) -> None:
    account = new_account()
    answer = visitor.post(REGISTER, account | {field: NOT_FOR_ONESELF[field]})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_failed")
    assert list(answer.json()["error"]["details"]) == [field]
    assert visitor.post(LOGIN, account).status_code == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("path", ["/api/v1/users/profile", "/api/v1/users/{id}"])
@pytest.mark.parametrize("field", NOT_FOR_ONESELF)
def test_changing_oneself_changes_nothing_that_is_not_for_the_caller_to_say(
    member: Customer, method: str, path: str, field: str
) -> None:
    before = member.get("/api/v1/auth/me").json()["data"]

    answer = member.request(
        method, path.format(id=member.user["id"]), json={"name": "Ada", field: NOT_FOR_ONESELF[field]}
    )

    after = member.get("/api/v1/auth/me").json()["data"]
    if field in READ_ONLY:
        assert answer.status_code == 200
        assert after == before | {key: after[key] for key in ("name", "version", "updated_at")}
        assert (after["name"], after["version"]) == ("Ada", before["version"] + 1)
    else:
        refusal = (403, "role_change_forbidden") if field == "role" else (422, "validation_failed")
        assert (answer.status_code, answer.json()["error"]["code"]) == refusal
        assert after == before


def answers_alike(first: Any, second: Any) -> bool:
    """Return whether two answers differ in nothing but what names the request and counts the limit."""
    told = []
    for answer in (first, second):
        error = {name: value for name, value in answer.json()["error"].items() if name != "request_id"}
        told.append((answer.status_code, error, sorted(answer.headers), answer.headers.get("WWW-Authenticate")))
    return bool(told[0] == told[1])


@pytest.mark.parametrize("name", ["email", "username"])
def test_signing_in_does_not_tell_whether_a_name_is_known(visitor: Customer, member: Customer, name: str) -> None:
    known = secrets.token_hex(8)
    assert member.patch("/api/v1/users/profile", {"username": known}).status_code == 200
    names = {"email": (member.email, f"nobody-{member.email}"), "username": (known, f"{known}x")}[name]

    first, second = (visitor.post(LOGIN, {name: value, "password": "not the password"}) for value in names)

    assert (first.status_code, first.json()["error"]["code"]) == (401, "invalid_credentials")
    assert answers_alike(first, second)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_addresses_of_users_do_not_tell_whether_there_is_one(
    member: Customer, new_member: Callable[[], Customer], method: str
) -> None:
    other = new_member()
    body = None if method in ("GET", "DELETE") else {"name": "Ada"}

    first, second = (
        member.request(method, f"/api/v1/users/{user_id}", json=body) for user_id in (other.user["id"], 999_999_999)
    )

    assert (first.status_code, first.json()["error"]["code"]) == (403, "forbidden")
    assert 'scope="users:admin"' in first.headers["WWW-Authenticate"]
    assert answers_alike(first, second)
    assert other.get("/api/v1/auth/me").status_code == 200


def test_addresses_of_sessions_do_not_tell_whether_there_is_one(
    member: Customer, new_member: Callable[[], Customer]
) -> None:
    (theirs,) = new_member().get("/api/v1/auth/sessions").json()["data"]

    first, second = (
        member.delete(f"/api/v1/auth/sessions/{session}") for session in (theirs["id"], secrets.token_hex(16))
    )

    assert (first.status_code, first.json()["error"]["code"]) == (404, "session_not_found")
    assert answers_alike(first, second)


def test_revoking_does_not_tell_whether_a_token_is_known(visitor: Customer, member: Customer) -> None:
    tokens = (member.refresh_token, member.refresh_token, secrets.token_urlsafe(32), "x")
    answers = [visitor.post("/api/v1/auth/revoke", data={"token": token}) for token in tokens]

    assert {(answer.status_code, answer.content, *sorted(answer.headers)) for answer in answers} == {
        (200, b"", *sorted(answers[0].headers))
    }


def test_taken_names_are_told_where_a_name_is_chosen_and_nowhere_else(
    visitor: Customer, member: Customer, new_member: Callable[[], Customer]
) -> None:
    """docs/security.md says so, and how often it may be asked."""
    other, known = new_member(), secrets.token_hex(8)
    assert other.patch("/api/v1/users/profile", {"username": known}).status_code == 200
    confirmed = {"current_password": member.password}

    for answer, code in (
        (visitor.post(REGISTER, new_account() | {"email": other.email}), "email_already_taken"),
        (visitor.post(REGISTER, new_account() | {"username": known}), "username_already_taken"),
        (member.patch("/api/v1/users/profile", {"email": other.email} | confirmed), "email_already_taken"),
        (member.patch("/api/v1/users/profile", {"username": known}), "username_already_taken"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
        assert "RateLimit-Limit" in answer.headers
    # Who does not know the password of the account learns nothing from it.
    unconfirmed = member.patch("/api/v1/users/profile", {"email": other.email, "current_password": "not the password"})
    assert (unconfirmed.status_code, unconfirmed.json()["error"]["code"]) == (403, "current_password_wrong")
