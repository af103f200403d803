"""Changing passwords and e-mail addresses, and what confirms it."""

import pytest

PROFILE = "/api/v1/users/profile"
NEW_PASSWORD = "analytical engines"


def can_sign_in(client, email, password):
    return client.post("/api/v1/auth/login", json={"email": email, "password": password}).status_code == 200


@pytest.mark.parametrize("change", [{"password": NEW_PASSWORD}, {"email": "ada@elsewhere.example"}])
def test_own_password_or_email_needs_the_current_password(client, member, change):
    missing = client.patch(PROFILE, json=change, headers=member.headers)
    assert missing.status_code == 422
    assert list(missing.get_json()["error"]["details"]) == ["current_password"]

    wrong = client.patch(PROFILE, json={**change, "current_password": "not it at all"}, headers=member.headers)
    assert wrong.status_code == 403
    assert wrong.get_json()["error"]["code"] == "current_password_wrong"

    right = client.patch(PROFILE, json={**change, "current_password": member.password}, headers=member.headers)
    assert right.status_code == 200
    assert can_sign_in(client, change.get("email", member.email), change.get("password", member.password))


def test_admin_confirms_a_change_of_the_own_password_too(client, admin):
    assert client.put(admin.url, json={"password": NEW_PASSWORD}, headers=admin.headers).status_code == 422


def test_admin_sets_the_password_of_another_without_knowing_the_old_one(client, admin, member):
    assert client.put(member.url, json={"password": NEW_PASSWORD}, headers=admin.headers).status_code == 200

    assert can_sign_in(client, member.email, NEW_PASSWORD)
    assert not can_sign_in(client, member.email, member.password)


def test_new_password_ends_the_other_sessions_and_keeps_this_one(client, member):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password}).get_json()[
        "data"
    ]
    body = {"password": NEW_PASSWORD, "current_password": member.password}

    assert client.patch(PROFILE, json=body, headers=member.headers).status_code == 200

    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 200
    elsewhere = {"Authorization": f"Bearer {other['access_token']}"}
    assert client.get("/api/v1/auth/me", headers=elsewhere).get_json()["error"]["code"] == "token_revoked"
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": other["refresh_token"]})
    assert refreshed.get_json()["error"]["code"] == "refresh_token_revoked"
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token}).status_code == 200


def test_password_set_by_an_admin_ends_every_session(client, admin, member):
    client.put(member.url, json={"password": NEW_PASSWORD}, headers=admin.headers)

    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 401


def test_new_password_may_not_be_a_name_that_comes_with_it(client, admin, member):
    body = {"username": "the.countess", "password": "THE.countess"}

    response = client.patch(member.url, json=body, headers=admin.headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == ["password"]


def test_change_that_fails_changes_nothing(client, member, admin):
    body = {"name": "Countess", "email": admin.email, "password": NEW_PASSWORD, "current_password": member.password}

    assert client.patch(PROFILE, json=body, headers=member.headers).status_code == 409

    assert client.get(PROFILE, headers=member.headers).get_json()["data"]["name"] == "Ada Lovelace"
    assert can_sign_in(client, member.email, member.password)
