"""Registering."""

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

URL = "/api/v1/auth/register"
NEW = {"email": "Grace@Example.org", "username": "Grace", "name": "Grace Hopper", "password": "nanoseconds of wire"}


def test_register_answers_with_the_user_and_without_the_password(client):
    response = client.post(URL, json=NEW)

    assert response.status_code == 201
    user = response.get_json()["data"]
    assert response.headers["Location"] == f"/api/v1/users/{user['id']}"
    assert response.headers["Cache-Control"] == "no-store"
    assert (user["email"], user["username"], user["name"], user["role"]) == (
        "Grace@Example.org",
        "Grace",
        "Grace Hopper",
        "user",
    )
    assert "password" not in response.get_data(as_text=True)
    assert "nanoseconds" not in response.get_data(as_text=True)


@pytest.mark.parametrize("extra", [{}, {"username": None, "name": None}])
def test_register_needs_no_more_than_email_and_password(client, extra):
    response = client.post(URL, json={"email": NEW["email"], "password": NEW["password"], **extra})

    assert response.status_code == 201
    assert response.get_json()["data"]["username"] is None


@pytest.mark.parametrize("email", ["grace@example.org", "GRACE@EXAMPLE.ORG", "  Grace@example.org "])
def test_register_with_a_known_email_is_a_conflict(client, email):
    client.post(URL, json=NEW)

    response = client.post(URL, json={"email": email, "password": NEW["password"]})

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "email_already_taken"


def test_register_with_a_known_username_is_a_conflict(client):
    client.post(URL, json=NEW)

    response = client.post(URL, json={**NEW, "email": "other@example.org", "username": "gRACE"})

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "username_already_taken"


def test_accounts_without_username_do_not_collide(client):
    for number in range(2):
        body = {"email": f"person{number}@example.org", "password": NEW["password"]}
        assert client.post(URL, json=body).status_code == 201


@pytest.mark.parametrize(
    "field", ["role", "id", "email_verified", "password_hash", "version", "created_at", "is_admin", "email_normalized"]
)
def test_register_takes_nothing_that_is_not_for_the_caller_to_say(client, field):
    response = client.post(URL, json={**NEW, field: "admin"})

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize("password", ["short", "password1", "Grace@Example.org", "x" * 129, "with\ttabulator"])
def test_register_with_a_poor_password_is_refused(client, password):
    response = client.post(URL, json={**NEW, "password": password})

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == ["password"]
    assert password not in response.get_data(as_text=True)


def test_register_with_the_token_of_somebody_is_recorded_as_an_act_of_the_new_user(app, client, admin):
    user = client.post(URL, json=NEW, headers=admin.headers).get_json()["data"]

    with app.app_context():
        (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.user_id == user["id"]))
    assert (event.action, event.actor_id) == ("registered", user["id"])
