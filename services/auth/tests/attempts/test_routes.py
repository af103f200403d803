"""Admins see what somebody has to wait for, and clear it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

LOGIN = "/api/v1/auth/login"
HOME = {"REMOTE_ADDR": "192.0.2.1"}


def fail(client, email, count):
    for _ in range(count):
        client.post(LOGIN, json={"email": email, "password": "not it at all"}, environ_overrides=HOME)


@pytest.fixture
def url(member):
    """Where the counters of the member are."""
    return f"{member.url}/failed-sign-ins"


def test_admin_sees_the_counters_of_an_account(client, admin, member, url):
    fail(client, member.email, 6)
    fail(client, "nobody@example.org", 6)

    response = client.get(url, headers=admin.headers)

    assert response.status_code == 200
    counters = {each["counter"]: each for each in response.get_json()["data"]}
    assert {name: each["failures"] for name, each in counters.items()} == {"account": 5, "account_at_address": 5}
    assert response.get_json()["pagination"]["total_items"] == 2
    for each in counters.values():
        assert set(each) == {"counter", "failures", "blocked_until", "last_attempt_at"}
        assert datetime.fromisoformat(each["blocked_until"]) > datetime.now(UTC)


def test_confirmations_are_among_the_counters_and_nobody_waits_for_few(client, admin, member, url):
    body = {"password": "analytical engines", "current_password": "not it at all"}
    client.patch("/api/v1/users/profile", json=body, headers=member.headers)

    (counter,) = client.get(url, headers=admin.headers).get_json()["data"]

    assert (counter["counter"], counter["failures"], counter["blocked_until"]) == ("confirmation", 1, None)


def test_account_without_failures_has_no_counters(client, admin, member, url):
    client.post(LOGIN, json={"email": member.email, "password": member.password}, environ_overrides=HOME)

    assert client.get(url, headers=admin.headers).get_json()["data"] == []


def test_counters_come_in_pages(client, admin, member, url):
    fail(client, member.email, 1)

    first = client.get(f"{url}?per_page=1", headers=admin.headers).get_json()
    second = client.get(f"{url}?per_page=1&page=2", headers=admin.headers).get_json()

    assert first["pagination"]["total_pages"] == 2
    assert {page["data"][0]["counter"] for page in (first, second)} == {"account", "account_at_address"}


def test_admin_clears_the_counters_of_an_account_alone(app, client, admin, member, url):
    fail(client, member.email, 6)
    fail(client, "nobody@example.org", 6)

    assert client.delete(url, headers=admin.headers).status_code == 204

    assert client.get(url, headers=admin.headers).get_json()["data"] == []
    body = {"email": member.email, "password": member.password}
    assert client.post(LOGIN, json=body, environ_overrides=HOME).status_code == 200
    other = client.post(LOGIN, json={"email": "nobody@example.org", "password": "x"}, environ_overrides=HOME)
    assert other.status_code == 429
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "failed_sign_ins_cleared")).one()
        assert (event.user_id, event.actor_id, event.details) == (member.id, admin.id, {"counters": 2})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_members_may_not_even_see_their_own(client, admin, member, url, method):
    response = client.open(url, method=method, headers=member.headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == (403, "insufficient_scope")
    gone = client.open("/api/v1/users/999999/failed-sign-ins", method=method, headers=admin.headers)
    assert (gone.status_code, gone.get_json()["error"]["code"]) == (404, "user_not_found")
