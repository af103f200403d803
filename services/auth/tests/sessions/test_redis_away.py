"""Signing in and out while Redis cannot be reached."""

import pytest

from auth_service import limits
from auth_service.extensions import db

LOGIN = "/api/v1/auth/login"


@pytest.fixture(name="app")
def _app_without_redis(app, build_app, service_environment, truncated):
    """An application on the same database whose Redis is at an address where nothing listens."""
    before = dict(vars(limits.limiter))
    environment = {**service_environment("auth"), "COLOPHON_REDIS_URL": "redis://127.0.0.1:1/0"}
    other = build_app(environment)
    other.config["PROPAGATE_EXCEPTIONS"] = False
    yield other
    vars(limits.limiter).clear()
    vars(limits.limiter).update(before)
    with other.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app):
    return app.test_client()


def test_everything_about_tokens_works(client):
    body = {"email": "ada@example.org", "password": "correct horse battery"}
    assert client.post("/api/v1/auth/register", json=body).status_code == 201
    signed_in = client.post(LOGIN, json=body)
    assert signed_in.status_code == 200
    refreshed = client.post(
        "/api/v1/auth/refresh", json={"refresh_token": signed_in.get_json()["data"]["refresh_token"]}
    )
    assert refreshed.status_code == 200
    headers = {"Authorization": f"Bearer {refreshed.get_json()['data']['access_token']}"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200
    assert client.patch("/api/v1/users/profile", json={"name": "Ada"}, headers=headers).status_code == 200
    assert client.post("/api/v1/auth/logout", headers=headers).status_code == 204
    assert client.get("/api/v1/auth/me", headers=headers).get_json()["error"]["code"] == "token_revoked"


def test_failed_sign_ins_are_counted_all_the_same(client, add_person):
    person = add_person()

    answers = [client.post(LOGIN, json={"email": person.email, "password": "wrong"}).status_code for _ in range(7)]

    assert answers == [401] * 5 + [429] * 2
    response = client.post(LOGIN, json={"email": person.email, "password": person.password})
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1


def test_reuse_and_deletion_end_sessions_in_the_database(client, add_person):
    person = add_person()
    first = client.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token}).get_json()["data"]
    client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    again = client.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token})
    assert again.get_json()["error"]["code"] == "refresh_token_reused"
    assert client.get("/api/v1/auth/me", headers=person.headers).status_code == 401

    other = add_person()
    assert client.delete(other.url, json=other.confirmation, headers=other.headers).status_code == 204
    assert client.get("/api/v1/auth/me", headers=other.headers).status_code == 401
