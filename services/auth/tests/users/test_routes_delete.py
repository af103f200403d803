"""Deleting users, and what becomes of their tokens."""

import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.sessions.models import RefreshToken, UserSession
from servicekit.testing.containers import redis_client

ME = "/api/v1/auth/me"
PROFILE = "/api/v1/users/profile"


def test_deleted_user_is_not_found_and_cannot_sign_in(client, admin, member):
    response = client.delete(member.url, headers=admin.headers)

    assert response.status_code == 204
    assert response.get_data() == b""
    assert client.get(member.url, headers=admin.headers).status_code == 404
    assert client.delete(member.url, headers=admin.headers).status_code == 404
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    assert login.get_json()["error"]["code"] == "invalid_credentials"


@pytest.mark.parametrize("own_url", [True, False])
def test_user_deletes_oneself_with_the_password(client, member, own_url):
    url = member.url if own_url else PROFILE

    assert client.delete(url, json=member.confirmation, headers=member.headers).status_code == 204

    assert client.get(ME, headers=member.headers).get_json()["error"]["code"] == "token_revoked"


@pytest.mark.parametrize("own_url", [True, False])
@pytest.mark.parametrize("role", ["user", "admin"])
def test_user_does_not_delete_oneself_without_the_password(client, add_person, own_url, role):
    person = add_person(role)
    add_person("admin")
    url = person.url if own_url else PROFILE

    for body in (None, {}):
        missing = client.delete(url, json=body, headers=person.headers)
        assert missing.status_code == 422
        assert list(missing.get_json()["error"]["details"]) == ["current_password"]
    wrong = client.delete(url, json={"current_password": "not it at all"}, headers=person.headers)
    assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (403, "current_password_wrong")

    assert client.get(ME, headers=person.headers).status_code == 200


def test_guesses_at_the_password_by_deletions_are_limited(client, member):
    guess = {"current_password": "not it at all"}
    for _ in range(5):
        assert client.delete(PROFILE, json=guess, headers=member.headers).status_code == 403

    assert client.delete(PROFILE, json=member.confirmation, headers=member.headers).status_code == 429
    assert client.delete(member.url, json=member.confirmation, headers=member.headers).status_code == 429


def test_admin_needs_no_password_to_delete_another(client, admin, member):
    assert client.delete(member.url, json={}, headers=admin.headers).status_code == 204


@pytest.mark.parametrize("url", [PROFILE, None])
def test_api_key_deletes_nobody_it_belongs_to(client, add_person, tokens, url):
    """No API key carries the scope; that of an admin may delete others, and still not its owner."""
    owner, other = add_person("admin"), add_person("admin")
    token = tokens.make(owner.id, "admin", scope="users:admin", sid="a-key", via="api_key")
    headers = {"Authorization": f"Bearer {token}"}

    refused = client.delete(url or owner.url, json=owner.confirmation, headers=headers)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "insufficient_scope")
    assert client.delete(other.url, headers=headers).status_code == 204


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


@pytest.mark.parametrize("own_url", [True, False])
def test_last_admin_cannot_be_deleted(client, admin, add_person, own_url):
    url = admin.url if own_url else PROFILE
    response = client.delete(url, json=admin.confirmation, headers=admin.headers)

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "last_admin"
    add_person("admin")
    assert client.delete(url, json=admin.confirmation, headers=admin.headers).status_code == 204


def test_admin_who_is_disabled_does_not_count_as_another_one(client, admin, add_person):
    other = add_person("admin")
    client.post(f"{other.url}/disable", headers=admin.headers)

    refused = client.delete(PROFILE, json=admin.confirmation, headers=admin.headers)

    assert refused.get_json()["error"]["code"] == "last_admin"
    assert client.delete(other.url, headers=admin.headers).status_code == 204
