"""Deleting users, and what becomes of their tokens."""

import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.sessions.models import RefreshToken, UserSession
from servicekit.testing.containers import redis_client


def test_deleted_user_is_not_found_and_cannot_sign_in(client, admin, member):
    response = client.delete(member.url, headers=admin.headers)

    assert response.status_code == 204
    assert response.get_data() == b""
    assert client.get(member.url, headers=admin.headers).status_code == 404
    assert client.delete(member.url, headers=admin.headers).status_code == 404
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    assert login.get_json()["error"]["code"] == "invalid_credentials"


def test_user_deletes_oneself(client, member):
    assert client.delete(member.url, headers=member.headers).status_code == 204


def test_another_user_cannot_be_deleted(client, member, admin):
    response = client.delete(admin.url, headers=member.headers)

    assert response.status_code == 403
    assert response.get_json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "/api/v1/auth/me"),
        ("POST", "/api/v1/auth/logout"),
        ("GET", "/api/v1/users/profile"),
        ("PATCH", "/api/v1/users/profile"),
        ("GET", "/api/v1/users/{id}"),
        ("PUT", "/api/v1/users/{id}"),
        ("DELETE", "/api/v1/users/{id}"),
        ("GET", "/api/v1/users"),
        ("POST", "/api/v1/users"),
    ],
)
@pytest.mark.parametrize("redis_knows", [True, False])
def test_token_of_a_deleted_user_is_refused_everywhere(
    client, admin, add_person, servers, worker_number, redis_knows, method, url
):
    gone = add_person("admin")
    client.delete(gone.url, headers=admin.headers)
    if not redis_knows:
        redis_client(servers, worker_number).flushdb()
    body = (
        {"email": "new@example.org", "password": "correct horse", "name": "New"} if method == "POST" else {"name": "N"}
    )

    response = client.open(
        url.format(id=gone.id), method=method, json=None if method in ("GET", "DELETE") else body, headers=gone.headers
    )

    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == "token_revoked"
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_sessions_and_refresh_tokens_go_with_their_user(app, client, admin, member):
    client.delete(member.url, headers=admin.headers)

    with app.app_context():
        assert member.id not in db.session.scalars(select(UserSession.user_id)).all()
        assert len(db.session.scalars(select(RefreshToken.id)).all()) == 1
    refresh = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})
    assert refresh.get_json()["error"]["code"] == "refresh_token_invalid"


def test_last_admin_cannot_be_deleted(client, admin, add_person):
    response = client.delete(admin.url, headers=admin.headers)

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "last_admin"
    add_person("admin")
    assert client.delete(admin.url, headers=admin.headers).status_code == 204
