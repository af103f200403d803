"""The rate limits of signing in, registering and refreshing, as customers meet them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from auth_service.attempts.models import FailedAttempts
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.users.models import User

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
    assert response.get_json()["error"]["code"] == "too_many_attempts"
    assert 1 <= int(response.headers["Retry-After"]) <= 60


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


def test_wait_tells_nothing_about_the_account(client, member):
    answers = []
    for email in (member.email, "nobody@example.org"):
        statuses(client, 5, email=email)
        response = attempt(client, email=email)
        body = response.get_json()
        body["error"].pop("request_id")
        answers.append((response.status_code, body, set(response.headers.keys())))

    assert answers[0] == answers[1]


def test_owner_signs_in_where_the_account_is_known_whatever_others_do(client, member):
    assert attempt(client, email=member.email, password=member.password).status_code == 200
    for n in range(8):
        attempt(client, email=member.email, address=f"198.51.100.{n}")

    assert attempt(client, email=member.email, password=member.password, address="203.0.113.9").status_code == 429
    assert attempt(client, email=member.email, password=member.password).status_code == 200


def test_password_of_a_disabled_account_is_no_failure_when_it_is_right(app, client, member):
    with app.app_context():
        db.session.get(User, member.id).disabled_at = datetime.now(UTC)
        db.session.commit()

    answers = [attempt(client, email=member.email, password=member.password) for _ in range(7)]

    assert {answer.get_json()["error"]["code"] for answer in answers} == {"account_disabled"}


@pytest.mark.parametrize("body", [{}, {"email": "ada@example.org"}, {"password": "x"}, {"email": 5, "password": "x"}])
def test_request_that_names_nobody_or_no_password_is_not_counted(app, client, body):
    for _ in range(7):
        assert client.post(LOGIN, json=body).status_code == 422

    with app.app_context():
        assert db.session.scalars(select(FailedAttempts)).all() == []


def test_neither_name_nor_address_is_kept_with_the_counts(app, client, member):
    attempt(client, email=member.email)

    with app.app_context():
        rows = db.session.execute(select(FailedAttempts.__table__)).all()
    assert len(rows) == 3
    for text in ("ada@", "example.org", "127.0.0.1"):
        assert text not in repr(rows).lower()


def test_audit_log_tells_that_a_wait_began_and_not_what_was_refused_meanwhile(app, client, member):
    statuses(client, 20, email=member.email)

    with app.app_context():
        events = db.session.execute(
            select(AuditEvent.action, AuditEvent.user_id, AuditEvent.details)
            .where(AuditEvent.action.in_(("sign_in_failed", "sign_in_blocked")))
            .order_by(AuditEvent.id)
        ).all()
    assert [event.action for event in events].count("sign_in_failed") == 5
    (blocked,) = [event for event in events if event.action == "sign_in_blocked"]
    assert (blocked.user_id, blocked.details) == (member.id, {"counters": ["account", "account_at_address"]})


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


def test_right_confirmations_are_not_counted_even_when_the_change_is_refused(client, member, admin):
    body = {"email": admin.email, "current_password": member.password}

    statuses = [client.patch("/api/v1/users/profile", json=body, headers=member.headers).status_code for _ in range(7)]

    assert statuses == [409] * 7
