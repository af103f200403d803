"""Attempts at the same moment: real commits, real threads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from auth_service.attempts.models import FailedAttempts
from auth_service.extensions import db

LOGIN = "/api/v1/auth/login"
WRONG = "not it at all"
REFUSED, WAIT = (401, "invalid_credentials"), (429, "too_many_attempts")


@pytest.fixture(name="together")
def _together(app, truncated, empty_redis):
    """Return a function that sends requests at the same moment, each from its own thread, and counts the answers."""

    def send(*requests):
        barrier = Barrier(len(requests))

        def one(request):
            method, url, options = request
            client = app.test_client()
            barrier.wait()
            response = client.open(url, method=method, **options)
            return response.status_code, (response.get_json(silent=True) or {}).get("error", {}).get("code")

        with ThreadPoolExecutor(len(requests)) as pool:
            return Counter(pool.map(one, requests))

    return send


def sign_in(email, password=WRONG, address="192.0.2.1"):
    return ("POST", LOGIN, {"json": {"email": email, "password": password}, "environ_base": {"REMOTE_ADDR": address}})


@pytest.mark.parametrize("known", [True, False])
def test_forty_guesses_at_once_are_as_many_as_may_fail_and_no_more(together, add_person, known):
    email = add_person().email if known else "nobody@example.org"

    assert together(*[sign_in(email)] * 40) == {REFUSED: 5, WAIT: 35}
    assert together(*[sign_in(email)] * 8) == {WAIT: 8}


@pytest.mark.parametrize("known", [True, False])
def test_forty_guesses_at_once_from_as_many_addresses_pass_the_limit_of_the_account_no_more(
    together, add_person, known
):
    email = add_person().email if known else "nobody@example.org"

    assert together(*[sign_in(email, address=f"198.51.100.{n}") for n in range(40)]) == {REFUSED: 5, WAIT: 35}


def test_forty_guesses_at_once_at_as_many_names_pass_the_limit_of_the_address_no_more(together):
    assert together(*[sign_in(f"person{n}@example.org") for n in range(40)]) == {REFUSED: 30, WAIT: 10}


def test_forty_confirmations_at_once_pass_the_limit_no_more(together, add_person):
    person = add_person()
    body = {"password": "analytical engines", "current_password": WRONG}
    guess = ("PATCH", "/api/v1/users/profile", {"json": body, "headers": person.headers})

    assert together(*[guess] * 40) == {(403, "current_password_wrong"): 5, WAIT: 35}


def test_everything_at_once_never_ends_in_a_deadlock(together, add_person):
    """Counting, giving back, clearing and forgetting lock several rows each, in one order."""
    admin = add_person("admin")
    for _ in range(4):
        people = [add_person() for _ in range(3)]
        addresses = ["192.0.2.1", "198.51.100.7"]
        answers = together(
            *[sign_in(each.email, each.password, address) for each in people for address in addresses * 2],
            *[sign_in(each.email, address=address) for each in people for address in addresses],
            *[("DELETE", f"{each.url}/failed-sign-ins", {"headers": admin.headers}) for each in people],
            ("DELETE", people[0].url, {"headers": admin.headers}),
        )

        assert {status for status, _ in answers} <= {200, 204, 401, 404, 429}, answers


def test_successes_at_once_leave_no_failure(app, together, add_person):
    people = [add_person() for _ in range(8)]

    answers = together(*[sign_in(each.email, each.password) for each in people for _ in range(4)])

    # The address has 30 free attempts, and two more may come while all of them are under way.
    assert answers[200, None] >= 30
    assert set(answers) <= {(200, None), WAIT}
    with app.app_context():
        for row in db.session.execute(select(FailedAttempts.failures, FailedAttempts.blocked_until)):
            assert row.failures < 0.01
            assert row.blocked_until is None
