"""Seeing and ending one's own sessions."""

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

SESSIONS = "/api/v1/auth/sessions"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/auth/me"


@pytest.fixture(name="sign_in")
def _sign_in(client, member):
    """Return a function that signs the member in with a device and gives the headers of the new session."""

    def sign_in(device):
        answer = client.post(
            "/api/v1/auth/login",
            json={"email": member.email, "password": member.password},
            headers={"User-Agent": device},
        )
        return {"Authorization": f"Bearer {answer.get_json()['data']['access_token']}"}

    return sign_in


def listed(client, headers):
    response = client.get(SESSIONS, headers=headers)
    assert response.status_code == 200
    return response.get_json()["data"]


def test_sessions_tell_device_address_and_times(client, sign_in):
    headers = sign_in("Reader/1.0 (tablet)")

    current, other = listed(client, headers)

    assert (current["current"], other["current"]) == (True, False)
    assert (current["user_agent"], current["address"]) == ("Reader/1.0 (tablet)", "127.0.0.1")
    assert current["created_at"] <= current["last_used_at"] < current["expires_at"]
    assert current["links"]["self"] == f"{SESSIONS}/{current['id']}"


def test_session_is_used_when_it_is_refreshed(client, member, sign_in):
    sign_in("another")
    client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token}, headers={"User-Agent": "Phone/2"})

    first = listed(client, member.headers)[0]

    assert (first["current"], first["user_agent"]) == (True, "Phone/2")


def test_long_device_name_is_cut(client, sign_in):
    assert len(listed(client, sign_in("x" * 2000))[0]["user_agent"]) == 300


def test_sessions_of_others_are_not_listed(client, member, admin):
    assert len(listed(client, member.headers)) == 1


def test_sessions_come_in_pages(client, member, sign_in):
    for number in range(3):
        sign_in(f"device {number}")

    answer = client.get(f"{SESSIONS}?per_page=3&page=2", headers=member.headers).get_json()

    assert len(answer["data"]) == 1
    assert answer["pagination"]["total_items"] == 4


def test_deleted_session_is_refused_at_once_and_no_longer_listed(client, member, sign_in):
    lost = sign_in("lost phone")
    (session,) = [each for each in listed(client, member.headers) if not each["current"]]

    assert client.delete(session["links"]["self"], headers=member.headers).status_code == 204

    assert client.get(ME, headers=lost).get_json()["error"]["code"] == "token_revoked"
    assert client.get(ME, headers=member.headers).status_code == 200
    assert [each["current"] for each in listed(client, member.headers)] == [True]
    again = client.delete(session["links"]["self"], headers=member.headers)
    assert (again.status_code, again.get_json()["error"]["code"]) == (404, "session_not_found")


def test_session_of_another_cannot_be_ended(client, member, admin):
    (theirs,) = listed(client, admin.headers)

    response = client.delete(theirs["links"]["self"], headers=member.headers)

    assert response.get_json()["error"]["code"] == "session_not_found"
    assert client.get(ME, headers=admin.headers).status_code == 200


@pytest.mark.parametrize("session_id", ["unknown", "%00", "' OR 1=1 --", "x" * 3000])
def test_unknown_session_is_not_found(client, member, session_id):
    assert client.delete(f"{SESSIONS}/{session_id}", headers=member.headers).status_code == 404


@pytest.mark.parametrize(("which", "own", "others"), [("this", 401, 200), ("others", 200, 401), ("all", 401, 401)])
def test_logout_ends_this_session_the_others_or_all(client, member, sign_in, which, own, others):
    elsewhere = [sign_in("a"), sign_in("b")]

    assert client.post(f"{LOGOUT}?sessions={which}", headers=member.headers).status_code == 204

    assert client.get(ME, headers=member.headers).status_code == own
    assert [client.get(ME, headers=headers).status_code for headers in elsewhere] == [others] * 2


def test_logout_of_others_without_any_is_fine(client, member):
    assert client.post(f"{LOGOUT}?sessions=others", headers=member.headers).status_code == 204


def test_logout_of_something_else_is_refused(client, member):
    response = client.post(f"{LOGOUT}?sessions=everybody", headers=member.headers)

    assert response.status_code == 422
    assert "sessions" in response.get_json()["error"]["details"]


def test_signing_in_and_out_is_in_the_audit_log(app, client, member, sign_in):
    client.post(LOGOUT, headers=sign_in("Reader/1.0"))
    client.post("/api/v1/auth/login", json={"email": member.email, "password": "wrong"})
    client.post("/api/v1/auth/login", json={"email": "nobody@example.org", "password": "wrong"})

    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.user_id) for event in events[-4:]] == [
        ("signed_in", member.id),
        ("signed_out", member.id),
        ("sign_in_failed", member.id),
        ("sign_in_failed", None),
    ]
    assert events[-4].user_agent == "Reader/1.0"
    assert all(event.request_id and event.address == "127.0.0.1" for event in events[-4:])
