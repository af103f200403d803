"""Signing in."""

from datetime import UTC, datetime

import jwt
import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.sessions.models import RefreshToken
from auth_service.users.models import User
from auth_service.users.passwords import Passwords
from servicekit.access_tokens import verify_access_token

URL = "/api/v1/auth/login"


@pytest.mark.parametrize(
    "name",
    [
        {"email": "Ada@Example.org"},
        {"email": " ADA@example.ORG "},
        {"username": "ada"},
        {"username": "ADA"},
        {"username": "ada@example.org"},
    ],
)
def test_login_gives_both_tokens_and_the_user(client, member, name):
    response = client.post(URL, json={**name, "password": member.password})

    assert response.status_code == 200
    data = response.get_json()["data"]
    assert (data["token_type"], data["expires_in"], data["user"]["id"]) == ("Bearer", 900, member.id)
    assert response.headers["Cache-Control"] == "no-store"
    me = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {data['access_token']}"})
    assert me.get_json()["data"] == data["user"]


def test_access_token_says_who_where_and_what_may_be_done(app, client, admin):
    issued = datetime.now(UTC).timestamp()
    data = client.post(URL, json={"email": admin.email, "password": admin.password}).get_json()["data"]

    header = jwt.get_unverified_header(data["access_token"])
    claims = jwt.decode(data["access_token"], options={"verify_signature": False})
    assert (header["alg"], header["typ"], header["kid"]) == ("HS256", "at+jwt", "test-1")
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope", "epoch", "via"}
    assert (claims["sub"], claims["role"]) == (str(admin.id), "admin")
    assert "users:admin" in claims["scope"].split()
    assert (claims["epoch"], claims["via"]) == (0, "session")
    assert claims["exp"] - claims["iat"] == 900
    assert claims["iat"] == pytest.approx(issued, abs=5)
    verify_access_token(data["access_token"], app.extensions["key_ring"], issuer="colophon", audience="colophon")


def test_refresh_token_is_stored_as_a_hash_only(app, client, member):
    token = client.post(URL, json={"email": member.email, "password": member.password}).get_json()["data"][
        "refresh_token"
    ]

    with app.app_context():
        stored = db.session.scalars(select(RefreshToken.token_hash)).all()
    assert len(token) >= 43
    assert token not in stored
    assert all(len(each) == 64 for each in stored)


def test_unknown_user_and_wrong_password_get_the_same_answer(client, member):
    answers = []
    for name in ({"email": member.email}, {"email": "nobody@example.org"}, {"username": "ada"}, {"username": "nobody"}):
        response = client.post(URL, json={**name, "password": "not it at all"})
        body = response.get_json()
        body["error"].pop("request_id")
        answers.append((response.status_code, body, response.headers["WWW-Authenticate"]))

    assert answers[0][0] == 401
    assert answers[0][1]["error"]["code"] == "invalid_credentials"
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "correct horse battery"}, "email"),
        ({"email": "ada@example.org", "username": "ada", "password": "correct horse battery"}, "username"),
        ({"email": "ada@example.org"}, "password"),
        ({"email": None, "password": "x"}, "email"),
        ({"email": 5, "password": "x"}, "email"),
        ({"email": "", "password": "x"}, "email"),
        ({"username": "", "password": "x"}, "username"),
        ({"email": "ada@example.org", "password": "x" * 1025}, "password"),
        ({"email": "ada@example.org", "password": "x", "remember": True}, "remember"),
    ],
)
def test_login_names_the_bad_field(client, body, field):
    response = client.post(URL, json=body)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize(
    "name", [{"email": "nobody"}, {"email": "@"}, {"username": "no/body"}, {"username": "x" * 200}]
)
def test_name_that_no_account_can_have_is_like_any_unknown_one(client, name):
    response = client.post(URL, json={**name, "password": "x"})

    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == "invalid_credentials"


@pytest.mark.parametrize("authorization", ["Bearer stale.access.token", "Basic YWRhOmFkYQ=="])
def test_stale_authorization_does_not_keep_anybody_from_signing_in(client, member, authorization):
    body = {"email": member.email, "password": member.password}

    assert client.post(URL, json=body, headers={"Authorization": authorization}).status_code == 200


def test_password_hash_of_old_parameters_is_renewed_at_login(app, client, member):
    old = Passwords(memory_kib=16, time_cost=1).hash(member.password)
    with app.app_context():
        user = db.session.get(User, member.id)
        user.password_hash = old
        db.session.commit()
        before = (user.version, user.updated_at)
    body = {"email": member.email, "password": member.password}

    assert client.post(URL, json=body).status_code == 200

    with app.app_context():
        user = db.session.get(User, member.id)
        assert user.password_hash != old
        assert not app.extensions["wiring"].passwords.is_outdated(user.password_hash)
        assert (user.version, user.updated_at) == before
    assert client.post(URL, json=body).status_code == 200


def test_wrong_password_does_not_renew_the_hash(app, client, member):
    old = Passwords(memory_kib=16, time_cost=1).hash(member.password)
    with app.app_context():
        db.session.get(User, member.id).password_hash = old
        db.session.commit()

    client.post(URL, json={"email": member.email, "password": "not it at all"})

    with app.app_context():
        assert db.session.get(User, member.id).password_hash == old


def test_password_is_compared_as_typed(client, add_person):
    person = add_person(password=" Caf\u00e9 au lait ")

    def status(password):
        return client.post(URL, json={"email": person.email, "password": password}).status_code

    assert status(" Cafe\u0301 au lait ") == 200
    assert status("Caf\u00e9 au lait") == 401
    assert status(" caf\u00e9 au lait ") == 401


@pytest.mark.parametrize("password", ["", "password1", "x" * 1024])
def test_password_is_not_held_against_the_rules_of_new_ones(client, member, password):
    assert client.post(URL, json={"email": member.email, "password": password}).status_code == 401
