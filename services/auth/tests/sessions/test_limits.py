"""The rate limits of signing in, registering and refreshing."""

import hashlib

import pytest

from servicekit.testing.containers import redis_client

LOGIN = "/api/v1/auth/login"
WRONG = "not it at all"


def attempt(client, password=WRONG, address="192.0.2.1", **name):
    return client.post(LOGIN, json={**name, "password": password}, environ_overrides={"REMOTE_ADDR": address})


def statuses(client, count, **kwargs):
    return [attempt(client, **kwargs).status_code for _ in range(count)]


def test_sixth_failed_login_of_an_account_has_to_wait(client, member):
    assert statuses(client, 5, email=member.email) == [401] * 5

    response = attempt(client, email=member.email)

    assert response.status_code == 429
    assert response.get_json()["error"]["code"] == "rate_limited"
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert (response.headers["RateLimit-Limit"], response.headers["RateLimit-Remaining"]) == ("5", "0")


def test_right_password_has_to_wait_too_while_the_account_is_exhausted(client, member):
    statuses(client, 5, email=member.email)

    assert attempt(client, email=member.email, password=member.password).status_code == 429


def test_failed_logins_of_one_account_leave_others_alone(client, member, admin):
    statuses(client, 5, email=member.email)

    assert attempt(client, email=admin.email, password=admin.password).status_code == 200


def test_unknown_names_are_counted_like_known_ones(client, member):
    for name in ({"email": "nobody@example.org"}, {"username": "nobody"}, {"email": "no address"}):
        assert statuses(client, 6, **name) == [401] * 5 + [429]


def test_right_passwords_are_not_counted(client, member):
    assert [attempt(client, email=member.email, password=member.password).status_code for _ in range(8)] == [200] * 8
    assert statuses(client, 5, email=member.email) == [401] * 5


@pytest.mark.parametrize(
    "spellings",
    [
        [
            {"email": "ada@example.org"},
            {"email": "ADA@example.ORG"},
            {"email": " ada@Example.org "},
            {"username": "ada@example.org"},
            {"email": "ada@EXAMPLE\u3002org"},
        ],
        [
            {"username": "ada"},
            {"username": "ADA"},
            {"username": "\uff41da"},
            {"username": " ada "},
            {"username": "Ada"},
        ],
    ],
)
def test_spellings_of_one_name_are_counted_together(client, member, spellings):
    assert [attempt(client, **name).status_code for name in spellings] == [401] * 5
    assert attempt(client, **spellings[0]).status_code == 429


def test_address_has_a_larger_share_for_a_whole_library(client):
    answers = [attempt(client, email=f"person{n}@example.org").status_code for n in range(31)]

    assert answers == [401] * 30 + [429]
    assert attempt(client, email="person31@example.org", address="192.0.2.2").status_code == 401


def test_ipv6_addresses_are_counted_by_their_network(client):
    for n in range(30):
        attempt(client, email=f"person{n}@example.org", address=f"2001:db8::{n + 1}")

    assert attempt(client, email="other@example.org", address="2001:db8::ffff:1").status_code == 429
    assert attempt(client, email="other@example.org", address="2001:db8:0:1::1").status_code == 401


def test_waiting_is_not_counted_against_the_address(client, member):
    statuses(client, 5, email=member.email)
    statuses(client, 40, email=member.email)

    assert attempt(client, email="other@example.org").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"email": "\xff"}',
        b'{"email": 5}',
        b'{"email": "' + b"e\xcc\x81" * 300_000 + b'", "password": "x"}',
        b'{"password": "x"}',
        b'{"email": ["a"], "username": {}}',
        b"x" * 1_100_000,
    ],
)
def test_body_that_names_nobody_neither_counts_nor_breaks_the_counting(app, client, body):
    """A key that cannot be told must not look like an outage of Redis, which would weaken every limit."""
    for _ in range(7):
        response = client.post(LOGIN, data=body, content_type="application/json")
        assert response.status_code in (400, 413, 422)

    (limiter,) = app.extensions["limiter"]
    assert not limiter._storage_dead


def test_name_of_the_account_is_not_kept_in_redis(client, servers, worker_number, member):
    attempt(client, email=member.email)

    keys = redis_client(servers, worker_number).keys("*")
    assert any(hashlib.sha256(b"email:ada@example.org").hexdigest() in key for key in keys)
    assert not any("ada@" in key.lower() for key in keys)


def test_registrations_of_an_address_are_limited(client):
    def register(number, address="192.0.2.1"):
        body = {"email": f"person{number}@example.org", "password": "correct horse"}
        url = "/api/v1/auth/register"
        return client.post(url, json=body, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [register(n) for n in range(11)] == [201] * 10 + [429]
    assert register(11, "192.0.2.2") == 201


def test_refreshes_tell_their_limit(client, member):
    response = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})

    assert (response.headers["RateLimit-Limit"], response.headers["RateLimit-Remaining"]) == ("300", "299")


def test_reads_and_writes_are_counted_by_account(client, member, admin):
    first = client.get("/api/v1/auth/me", headers=member.headers)
    again = client.get("/api/v1/users/profile", headers=member.headers)
    other = client.get("/api/v1/auth/me", headers=admin.headers)
    written = client.patch("/api/v1/users/profile", json={"name": "A"}, headers=member.headers)

    assert first.headers["RateLimit-Limit"] == "1200"
    assert [r.headers["RateLimit-Remaining"] for r in (first, again, other)] == ["1199", "1198", "1199"]
    assert written.status_code == 200


def test_guessing_the_current_password_with_a_stolen_token_has_to_wait(client, member):
    def guess(password=WRONG):
        body = {"password": "analytical engines", "current_password": password}
        return client.patch("/api/v1/users/profile", json=body, headers=member.headers).status_code

    assert [guess() for _ in range(6)] == [403] * 5 + [429]
    assert guess(member.password) == 429


def test_other_refusals_are_no_guesses(client, member):
    for _ in range(6):
        assert client.patch("/api/v1/users/profile", json={"role": "admin"}, headers=member.headers).status_code == 403
