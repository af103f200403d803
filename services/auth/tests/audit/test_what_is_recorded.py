"""Every act leaves an event that tells whom it concerns and who did it, and nothing secret."""

import json

import pytest
from sqlalchemy import func, select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

PROFILE = "/api/v1/users/profile"
LOGIN = "/api/v1/auth/login"
NEW_PASSWORD = "analytical engines"
NEW = {"email": "grace@example.org", "password": "nanoseconds of wire"}


@pytest.fixture(name="recorded")
def _recorded(app):
    """Return a function that gives the events which a request leaves, as (action, user, actor, details)."""

    def recorded(request):
        with app.app_context():
            last = db.session.scalar(select(func.max(AuditEvent.id))) or 0
        response = request()
        assert response.status_code < 500, response.get_json()
        with app.app_context():
            events = db.session.scalars(select(AuditEvent).where(AuditEvent.id > last).order_by(AuditEvent.id)).all()
            return [(event.action, event.user_id, event.actor_id, event.details) for event in events]

    return recorded


@pytest.fixture(name="all_events")
def _all_events(app):
    """Return a function that gives all events, whole, the oldest first."""

    def all_events():
        with app.app_context():
            query = select(AuditEvent.__table__).order_by(AuditEvent.id)
            return [dict(row) for row in db.session.execute(query).mappings()]

    return all_events


def test_acts_of_an_admin_name_the_admin_and_whom_they_concern(client, recorded, admin, member):
    def by_admin(method, path="", **body):
        return recorded(lambda: client.open(member.url + path, method=method, json=body, headers=admin.headers))

    who = (member.id, admin.id)
    assert by_admin("PATCH", role="librarian") == [("role_changed", *who, {"from": "user", "to": "librarian"})]
    assert by_admin("PATCH", name="A", username="b") == [("user_changed", *who, {"fields": ["name", "username"]})]
    assert by_admin("PATCH", email="new@example.org") == [("email_changed", *who, {})]
    assert by_admin("PATCH", password=NEW_PASSWORD) == [("password_changed", *who, {})]
    assert by_admin("POST", "/disable", reason="Spam") == [("user_disabled", *who, {"reason": "Spam"})]
    assert by_admin("POST", "/disable", reason="Again") == []
    assert by_admin("POST", "/enable") == [("user_enabled", *who, {})]
    assert by_admin("POST", "/enable") == []
    assert by_admin("DELETE", "/sessions") == [("sessions_ended", *who, {})]
    assert by_admin("DELETE") == [("user_deleted", *who, {})]
    ((action, user_id, actor_id, details),) = recorded(
        lambda: client.post("/api/v1/users", json={**NEW, "role": "librarian"}, headers=admin.headers)
    )
    assert (action, actor_id, details) == ("user_created", admin.id, {"role": "librarian"})
    assert user_id not in (None, admin.id)


def test_acts_on_oneself_name_oneself_twice(client, recorded, member):
    def by_member(method, url=PROFILE, **body):
        return recorded(lambda: client.open(url, method=method, json=body, headers=member.headers))

    who = (member.id, member.id)
    confirmed = {"current_password": member.password}
    assert by_member("PATCH", name="Countess") == [("user_changed", *who, {"fields": ["name"]})]
    assert by_member("PATCH", name="Countess") == []
    assert by_member("PATCH", email="new@example.org", **confirmed) == [("email_changed", *who, {})]
    assert by_member("PATCH", password=NEW_PASSWORD, current_password="wrong") == [("current_password_wrong", *who, {})]
    assert by_member("DELETE", current_password="wrong") == [("current_password_wrong", *who, {})]
    assert by_member("PATCH", password=NEW_PASSWORD, **confirmed) == [("password_changed", *who, {})]
    assert by_member("GET", f"{PROFILE}/export") == [("account_exported", *who, {})]
    assert by_member("DELETE", current_password=NEW_PASSWORD) == [("user_deleted", *who, {})]


def test_signing_in_and_out_is_recorded_with_what_failed(client, recorded, member, admin):
    names = {"email": member.email, "password": member.password}
    who = (member.id, member.id)

    ((action, user_id, actor_id, _),) = recorded(lambda: client.post("/api/v1/auth/register", json=NEW))
    assert (action, actor_id) == ("registered", user_id)
    assert recorded(lambda: client.post(LOGIN, json=names)) == [("signed_in", *who, {})]
    refused = {"reason": "invalid_credentials"}
    assert recorded(lambda: client.post(LOGIN, json={**names, "password": "x"})) == [
        ("sign_in_failed", member.id, None, refused)
    ]
    assert recorded(lambda: client.post(LOGIN, json={**names, "email": "no@example.org"})) == [
        ("sign_in_failed", None, None, refused)
    ]
    session = client.post(LOGIN, json=names).get_json()["data"]
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    ((action, *between, details),) = recorded(lambda: client.post("/api/v1/auth/logout", headers=headers))
    assert (action, *between, list(details)) == ("signed_out", *who, ["session"])
    assert recorded(lambda: client.post("/api/v1/auth/logout?sessions=all", headers=member.headers)) == [
        ("signed_out", *who, {"sessions": "all"})
    ]
    client.post(f"{member.url}/disable", headers=admin.headers)
    assert recorded(lambda: client.post(LOGIN, json=names)) == [
        ("sign_in_failed", member.id, None, {"reason": "account_disabled"})
    ]


def test_reuse_of_a_refresh_token_is_recorded_in_its_session(client, recorded, all_events, member):
    def refresh(token):
        return client.post("/api/v1/auth/refresh", json={"refresh_token": token})

    successor = refresh(member.refresh_token).get_json()["data"]["refresh_token"]
    refresh(successor)

    assert recorded(lambda: refresh(member.refresh_token)) == [("refresh_token_reused", member.id, None, {})]
    assert len(all_events()[-1]["session_id"]) == 32


def test_event_tells_session_address_device_and_request(client, all_events, member):
    headers = {**member.headers, "User-Agent": "Reader/1.0", "X-Request-Id": "a-request"}
    client.patch(PROFILE, json={"name": "Countess"}, headers=headers)

    event = all_events()[-1]

    assert (event["address"], event["user_agent"], event["request_id"]) == ("127.0.0.1", "Reader/1.0", "a-request")
    assert len(event["session_id"]) == 32


def test_refused_acts_leave_no_event(client, recorded, admin, member):
    def refused(method, url, status, **options):
        def send():
            response = client.open(url, method=method, **options)
            assert response.status_code == status
            return response

        return recorded(send)

    assert refused("POST", f"{admin.url}/disable", 409, headers=admin.headers) == []
    assert refused("DELETE", PROFILE, 409, json=admin.confirmation, headers=admin.headers) == []
    assert refused("DELETE", PROFILE, 422, headers=member.headers) == []
    assert refused("PATCH", member.url, 409, json={"email": admin.email}, headers=admin.headers) == []
    assert refused("POST", f"{admin.url}/disable", 403, headers=member.headers) == []


def test_no_event_holds_anything_secret(client, all_events, add_person, admin):
    person = add_person(email="grace@example.org")
    login = {"email": person.email, "password": person.password}
    session = client.post(LOGIN, json=login).get_json()["data"]
    client.post(LOGIN, json={**login, "password": "guessed by somebody"})
    client.post(LOGIN, json={"email": "a password typed as a name", "password": "x"})
    successor = client.post("/api/v1/auth/refresh", json={"refresh_token": session["refresh_token"]}).get_json()["data"]
    client.post("/api/v1/auth/refresh", json={"refresh_token": successor["refresh_token"]})
    client.post("/api/v1/auth/refresh", json={"refresh_token": session["refresh_token"]})
    change = {"password": NEW_PASSWORD, "email": "hopper@example.org", "current_password": person.password}
    client.patch(PROFILE, json={**change, "current_password": "also guessed"}, headers=person.headers)
    client.patch(PROFILE, json=change, headers=person.headers)
    client.patch(person.url, json={"password": "set by an admin"}, headers=admin.headers)
    client.delete(person.url, headers=admin.headers)

    events = all_events()
    text = json.dumps(events, default=str)

    assert len(events) >= 12
    for secret in (
        person.password,
        NEW_PASSWORD,
        "guessed",
        "typed as a name",
        "set by an admin",
        "argon2",
        "Bearer",
        "example.org",
        *(session[name] for name in ("access_token", "refresh_token")),
        *(successor[name] for name in ("access_token", "refresh_token")),
        person.access_token,
        person.refresh_token,
    ):
        assert secret not in text
