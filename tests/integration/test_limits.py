"""Rate limits as customers meet them. The stack of these tests multiplies all figures by ten."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from customer import Customer
from program import made_up_secret
from stack import RATE_LIMIT_SCALE

FAILED_SIGN_INS_PER_ACCOUNT = 5 * RATE_LIMIT_SCALE
REFUSED_KEYS_PER_ADDRESS = 60 * RATE_LIMIT_SCALE
# The narrow gateway's: one now, a sixth of 30 a minute at once, then one every two seconds.
READS_AT_ONCE = 1 + 5
READS_PER_SECOND = 0.5


def test_a_signed_in_customer_sees_what_is_left(member):
    first = member.get("/api/v1/books").headers
    second = member.get("/api/v1/books").headers

    assert int(first["RateLimit-Limit"]) == 1200 * RATE_LIMIT_SCALE
    assert int(second["RateLimit-Remaining"]) < int(first["RateLimit-Remaining"])
    assert 1 <= int(second["RateLimit-Reset"]) <= 61


def guess(customer: Customer, email: str) -> requests.Response:
    """Try a wrong password."""
    return customer.post("/api/v1/auth/login", {"email": email, "password": "wrong one"})


def fail_until_blocked(customer: Customer, email: str) -> list[int]:
    """Guess until somebody has to wait, and return the statuses before that."""
    statuses: list[int] = []
    while (answer := guess(customer, email)).status_code != 429:
        statuses.append(answer.status_code)
        # Some are forgotten on the way.
        assert len(statuses) < 2 * FAILED_SIGN_INS_PER_ACCOUNT
    assert answer.json()["error"]["code"] == "too_many_attempts"
    assert 1 <= int(answer.headers["Retry-After"]) <= 2
    return statuses


def test_failed_sign_ins_are_limited_by_account_until_an_admin_clears_them(visitor, new_member, admin):
    victim, neighbour = new_member(), new_member()
    url = f"/api/v1/users/{victim.user['id']}/failed-sign-ins"

    statuses = fail_until_blocked(visitor, victim.email)

    assert len(statuses) >= FAILED_SIGN_INS_PER_ACCOUNT
    assert set(statuses) == {401}
    assert neighbour.sign_in(neighbour.email, neighbour.password)
    counters = {each["counter"]: each["failures"] for each in admin.get(url).json()["data"]}
    assert counters["account_at_address"] == counters["account"] >= FAILED_SIGN_INS_PER_ACCOUNT - 1
    assert admin.delete(url).status_code == 204
    assert admin.get(url).json()["data"] == []
    assert victim.sign_in(victim.email, victim.password)


def test_guesses_at_once_are_no_more_than_the_limit(stack, new_member):
    victim = new_member()
    sent = 2 * FAILED_SIGN_INS_PER_ACCOUNT
    began = time.monotonic()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: guess(Customer(stack.base_url), victim.email).status_code, range(sent)))

    # Each wait takes two seconds at least, and no failure is forgotten in that time.
    passed_after_a_wait = (time.monotonic() - began) / 2
    assert set(answers) == {401, 429}
    assert 0 <= answers.count(401) - FAILED_SIGN_INS_PER_ACCOUNT <= passed_after_a_wait


def test_operator_sees_and_clears_what_failed(stack, visitor, new_member):
    victim = new_member()
    guess(visitor, victim.email)

    listed = stack.run("exec", "-T", "auth", "flask", "attempts", "list", "--account", victim.email)
    cleared = stack.run("exec", "-T", "auth", "flask", "attempts", "clear", "--account", victim.email)

    assert f"{victim.email}: 1 failed" in listed
    assert cleared.strip() == "Cleared 2 counters."
    assert "Nothing has failed." in stack.run(
        "exec", "-T", "auth", "flask", "attempts", "list", "--account", victim.email
    )


def read_beyond_the_limit(gateway: Customer, headers_of_each=dict):
    """Read 60 times; assert that as many came through as the limit of one address lets, and return the others."""
    began = time.monotonic()
    answers = [gateway.get("/api/v1/books?per_page=1", headers=headers_of_each()) for _ in range(60)]
    grown_meanwhile = READS_PER_SECOND * (time.monotonic() - began)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert READS_AT_ONCE <= len(answers) - len(refused) <= READS_AT_ONCE + grown_meanwhile + 1
    return refused


def test_anonymous_reads_are_limited_at_the_gateway_and_signed_in_ones_are_not(narrow_gateway, member):
    gateway = narrow_gateway()

    refused = read_beyond_the_limit(gateway)

    assert refused[0].json()["error"]["code"] == "rate_limited"
    assert int(refused[0].headers["Retry-After"]) >= 1
    reader = Customer(gateway.base_url, access_token=member.access_token)
    assert {reader.get("/api/v1/books?per_page=1").status_code for _ in range(30)} == {200}


def some_address() -> str:
    """Return an address at random."""
    return f"198.51.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Cookie"])
def test_no_header_that_nobody_verifies_escapes_the_limit_of_an_address(narrow_gateway, header):
    prefix = {"Forwarded": "for=", "Cookie": "session="}.get(header, "")

    assert read_beyond_the_limit(narrow_gateway(), lambda: {header: prefix + some_address()})


def test_a_made_up_token_escapes_the_limit_of_an_address_and_is_refused(narrow_gateway):
    headers = {"Authorization": "Bearer made-up"}
    gateway = narrow_gateway()

    assert {gateway.get("/api/v1/books", headers=headers).status_code for _ in range(30)} == {401}


def test_what_does_not_even_look_like_a_key_escapes_nothing(narrow_gateway):
    answers = [narrow.get("/api/v1/books", headers={"X-API-Key": some_address()}) for narrow in [narrow_gateway()] * 60]

    assert [answer.status_code for answer in answers].count(401) < 60
    assert {answer.status_code for answer in answers} == {401, 429}


def test_a_made_up_key_is_refused_and_too_many_of_them_are_told_so(narrow_gateway, stack):
    """It is not counted among the anonymous reads, of which there are few here: it reads nothing."""
    gateway = narrow_gateway(COLOPHON_TRUSTED_PROXIES=f"{stack.host_address()}/32")
    # Of its own, so that nobody else has used up some of the limit.
    address = some_address()

    def guess():
        return gateway.get("/api/v1/books", headers={"X-API-Key": made_up_secret(), "X-Forwarded-For": address})

    answers = [guess() for _ in range(30)]
    # Twice the figure, because the count may start anew on the way: windows are fixed.
    while answers[-1].status_code == 401 and len(answers) < 2 * REFUSED_KEYS_PER_ADDRESS:
        answers.append(guess())

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert len(answers) > REFUSED_KEYS_PER_ADDRESS
    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["code"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


def test_behind_a_trusted_proxy_the_address_it_names_is_the_one_that_counts(narrow_gateway, stack):
    gateway = narrow_gateway(COLOPHON_TRUSTED_PROXIES=f"{stack.host_address()}/32")

    # What stands before the address that the proxy added is the client's own invention.
    assert read_beyond_the_limit(gateway, lambda: {"X-Forwarded-For": f"{some_address()}, 203.0.113.1"})

    neighbour = gateway.get("/api/v1/books", headers={"X-Forwarded-For": "203.0.113.2"})
    assert neighbour.status_code == 200
