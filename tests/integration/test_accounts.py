"""The journey of a token: register, sign in, use, refresh, sign out."""

from __future__ import annotations

import secrets

import pytest


def test_registering_never_shows_the_password(visitor):
    password = secrets.token_urlsafe(18)
    answer = visitor.post(
        "/api/v1/auth/register", {"email": f"new-{secrets.token_hex(6)}@example.com", "password": password}
    )

    assert answer.status_code == 201
    assert "password" not in answer.json()["data"]
    assert password not in answer.text


def test_an_email_is_registered_once_whatever_its_case(member, visitor):
    answer = visitor.post(
        "/api/v1/auth/register", {"email": member.email.upper(), "password": secrets.token_urlsafe(18)}
    )

    assert answer.status_code == 409


def test_a_login_gives_both_tokens(member, visitor):
    answer = visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})

    data = answer.json()["data"]
    assert data["access_token"].count(".") == 2
    assert data["refresh_token"]
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)


def test_unknown_user_and_wrong_password_get_the_same_answer(member, visitor):
    wrong = visitor.post("/api/v1/auth/login", {"email": member.email, "password": "not the password"})
    unknown = visitor.post("/api/v1/auth/login", {"email": "nobody@example.com", "password": "not the password"})

    def without_id(answer):
        return {name: value for name, value in answer.json()["error"].items() if name != "request_id"}

    assert wrong.status_code == unknown.status_code == 401
    assert without_id(wrong) == without_id(unknown)


def test_me_needs_a_token_and_shows_the_account(visitor, member):
    assert visitor.get("/api/v1/auth/me").status_code == 401
    assert member.get("/api/v1/auth/me").json()["data"]["email"] == member.email


def test_a_refresh_token_that_comes_back_after_its_successor_was_used_ends_the_session(visitor, member):
    first = visitor.post("/api/v1/auth/refresh", {"refresh_token": member.refresh_token})
    assert first.status_code == 200
    second = visitor.post("/api/v1/auth/refresh", {"refresh_token": first.json()["data"]["refresh_token"]})
    assert second.status_code == 200

    reused = visitor.post("/api/v1/auth/refresh", {"refresh_token": member.refresh_token})
    assert reused.status_code == 401

    latest = second.json()["data"]["refresh_token"]
    assert visitor.post("/api/v1/auth/refresh", {"refresh_token": latest}).status_code == 401


def test_the_refresh_token_may_come_as_bearer(visitor, member):
    answer = visitor.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {member.refresh_token}"})

    assert answer.status_code == 200


def test_role_and_scope_survive_a_refresh(admin, visitor):
    answer = visitor.post("/api/v1/auth/refresh", {"refresh_token": admin.refresh_token})
    data = answer.json()["data"]
    admin.access_token, admin.refresh_token = data["access_token"], data["refresh_token"]

    assert admin.get("/api/v1/users").status_code == 200


def test_after_logout_both_services_refuse_the_token(member):
    assert member.post("/api/v1/auth/logout").status_code in (200, 204)

    me = member.get("/api/v1/auth/me")
    create = member.post("/api/v1/books", {"title": "After logout"})

    assert (me.status_code, me.json()["error"]["code"]) == (401, "token_revoked")
    assert (create.status_code, create.json()["error"]["code"]) == (401, "token_revoked")


def test_the_token_of_a_deleted_account_is_refused_by_both_services(member, admin):
    assert admin.delete(f"/api/v1/users/{member.user['id']}").status_code == 204

    assert member.get("/api/v1/auth/me").status_code == 401
    assert member.post("/api/v1/books", {"title": "From nobody"}).status_code == 401


def test_the_list_of_users_is_for_admins(member, admin):
    assert member.get("/api/v1/users").status_code == 403

    found = admin.get("/api/v1/users", params={"search": member.email}).json()["data"]
    assert [user["email"] for user in found] == [member.email]


def test_nobody_promotes_himself(member):
    answer = member.patch(f"/api/v1/users/{member.user['id']}", {"role": "admin"})

    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000])
def test_a_token_that_is_none_is_refused_with_a_challenge(visitor, token):
    answer = visitor.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
