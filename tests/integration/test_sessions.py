"""Sessions as their owner sees them, and tokens that end at once in both services."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from customer import Customer
from stack import Stack

# What is revoked is refused within a second; the rest is for a busy machine.
REVOKED_WITHIN_SECONDS = 1 + 0.5
# The reconciler comes round every two seconds.
RECONCILED_WITHIN_SECONDS = 10


def again(member: Customer) -> Customer:
    """Return the same person at another device."""
    assert member.email is not None
    assert member.password is not None
    return Customer(member.base_url).sign_in(member.email, member.password)


def wait_until_refused(customer: Customer, seconds: float) -> None:
    """Return when both services refuse the customer's token as revoked, in every of ten tries in a row."""
    deadline = time.monotonic() + seconds
    refusals = 0
    while refusals < 10:
        answers = [customer.get("/api/v1/auth/me"), customer.get("/api/v1/books?per_page=1")]
        refused = all(answer.status_code == 401 for answer in answers)
        if refused:
            assert {answer.json()["error"]["code"] for answer in answers} == {"token_revoked"}
        refusals = refusals + 1 if refused else 0
        assert refused or time.monotonic() < deadline, [answer.text for answer in answers]


def sign_out(member: Customer, _admin: Customer) -> None:
    """End the session by its owner."""
    assert member.post("/api/v1/auth/logout").status_code == 204


def sign_out_from_elsewhere(member: Customer, _admin: Customer) -> None:
    """End the session by its owner at another device."""
    assert again(member).post("/api/v1/auth/logout?sessions=others").status_code == 204


def change_role(member: Customer, admin: Customer) -> None:
    """Make the account a librarian's."""
    assert admin.patch(f"/api/v1/users/{member.user['id']}", {"role": "librarian"}).status_code == 200


def change_password(member: Customer, _admin: Customer) -> None:
    """Choose a new password at another device."""
    new = {"current_password": member.password, "password": secrets.token_urlsafe(18)}
    assert again(member).patch("/api/v1/users/profile", new).status_code == 200


def delete(member: Customer, admin: Customer) -> None:
    """Delete the account."""
    assert admin.delete(f"/api/v1/users/{member.user['id']}").status_code == 204


@pytest.mark.parametrize("end", [sign_out, sign_out_from_elsewhere, change_role, change_password, delete])
def test_what_ends_a_token_ends_it_in_both_services_within_a_second(
    member: Customer, admin: Customer, end: Callable[[Customer, Customer], None]
) -> None:
    assert member.get("/api/v1/books?per_page=1").status_code == 200

    end(member, admin)

    wait_until_refused(member, REVOKED_WITHIN_SECONDS)


@pytest.mark.parametrize("end", [sign_out, change_role, delete])
def test_a_redis_that_forgot_everything_brings_no_token_back_to_life(
    stack: Stack, member: Customer, admin: Customer, end: Callable[[Customer, Customer], None]
) -> None:
    end(member, admin)
    with stack.without("redis", "stop"):
        # It keeps nothing on disk, so it comes back empty.
        pass

    wait_until_refused(member, RECONCILED_WITHIN_SECONDS)
    assert admin.get("/api/v1/books?per_page=1").status_code == 200


def test_what_was_revoked_while_redis_was_away_is_refused_once_it_is_back(stack: Stack, member: Customer) -> None:
    with stack.without("redis", "stop"):
        assert member.post("/api/v1/auth/logout").status_code == 204
        assert member.get("/api/v1/auth/me").status_code == 401

    wait_until_refused(member, RECONCILED_WITHIN_SECONDS)


def test_a_member_sees_the_devices_and_ends_the_lost_one(member: Customer) -> None:
    phone = again(member)

    listed = member.get("/api/v1/auth/sessions").json()["data"]
    (lost,) = [session for session in listed if not session["current"]]
    assert lost["user_agent"].startswith("python-requests/")
    assert lost["address"]
    assert member.delete(lost["links"]["self"]).status_code == 204

    wait_until_refused(phone, REVOKED_WITHIN_SECONDS)
    assert [session["current"] for session in member.get("/api/v1/auth/sessions").json()["data"]] == [True]
    assert member.get("/api/v1/books?per_page=1").status_code == 200


def test_a_new_role_counts_from_the_next_refresh_on(member: Customer, admin: Customer) -> None:
    change_role(member, admin)

    answer = member.post("/api/v1/auth/refresh", {"refresh_token": member.refresh_token})

    member.access_token = answer.json()["data"]["access_token"]
    assert member.get("/api/v1/auth/me").json()["data"]["role"] == "librarian"
    (author,) = member.post("/api/v1/books", {"title": "A", "author": f"Of {secrets.token_hex(4)}"}).json()["data"][
        "authors"
    ]
    assert member.patch(author["links"]["self"], {"name": f"By {secrets.token_hex(4)}"}).status_code == 200


def test_twenty_programs_that_refresh_at_once_stay_signed_in(member: Customer) -> None:
    def refresh(_: int) -> tuple[int, str]:
        answer = Customer(member.base_url).post("/api/v1/auth/refresh", {"refresh_token": member.refresh_token})
        return answer.status_code, answer.json()["data"]["refresh_token"]

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(refresh, range(20)))

    ((status, successor),) = answers
    assert status == 200
    assert member.post("/api/v1/auth/refresh", {"refresh_token": successor}).status_code == 200
    assert len(member.get("/api/v1/auth/sessions").json()["data"]) == 1


def test_a_session_of_somebody_else_is_not_found(member: Customer, new_member: Callable[[], Customer]) -> None:
    other = new_member()
    (theirs,) = other.get("/api/v1/auth/sessions").json()["data"]

    assert member.delete(theirs["links"]["self"]).status_code == 404
    assert other.get("/api/v1/auth/me").status_code == 200
