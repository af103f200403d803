"""Disabling and enabling accounts, and ending all sessions of one."""

import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.outbox.kinds import ACCOUNT_DISABLED, ACCOUNT_ENABLED, ACCOUNT_RENAMED
from auth_service.outbox.models import AccountEvent
from servicekit.access_tokens import TokenRevoked

ME = "/api/v1/auth/me"


def sign_in(client, person):
    return client.post("/api/v1/auth/login", json={"email": person.email, "password": person.password})


def refresh(client, token):
    return client.post("/api/v1/auth/refresh", json={"refresh_token": token})


def code(response):
    return response.get_json()["error"]["code"]


@pytest.fixture(name="disable")
def _disable(client, admin):
    """Return a function that has the admin disable a person."""

    def disable(person, **body):
        return client.post(f"{person.url}/disable", json=body, headers=admin.headers)

    return disable


@pytest.fixture(name="enable")
def _enable(client, admin):
    """Return a function that has the admin enable a person."""
    return lambda person, **body: client.post(f"{person.url}/enable", json=body, headers=admin.headers)


def test_disabled_user_is_refused_in_every_way(app, client, disable, member):
    answer = disable(member)

    assert answer.status_code == 200
    assert answer.get_json()["data"]["disabled_at"].endswith("Z")
    assert code(client.get(ME, headers=member.headers)) == "token_revoked"
    assert code(refresh(client, member.refresh_token)) == "refresh_token_revoked"
    refused = sign_in(client, member)
    assert (refused.status_code, code(refused)) == (403, "account_disabled")
    with pytest.raises(TokenRevoked):
        # What a service does that has no more than the token and Redis.
        app.extensions["token_verifier"].principal(member.access_token)


def test_access_tokens_of_api_keys_are_refused_with_their_owner(app, disable, member, tokens):
    token = tokens.make(member.id, scope="books:write", sid="a-key", via="api_key")
    assert app.extensions["token_verifier"].principal(token).has_api_key

    disable(member)

    with pytest.raises(TokenRevoked):
        app.extensions["token_verifier"].principal(token)


def test_wrong_password_of_a_disabled_user_does_not_tell_that_there_is_one(client, disable, member):
    disable(member)

    wrong = client.post("/api/v1/auth/login", json={"email": member.email, "password": "not it at all"})

    assert code(wrong) == "invalid_credentials"


def test_enabled_user_signs_in_again_and_what_was_ended_stays_ended(client, disable, enable, member):
    disable(member)

    answer = enable(member)

    assert (answer.status_code, answer.get_json()["data"]["disabled_at"]) == (200, None)
    assert code(client.get(ME, headers=member.headers)) == "token_revoked"
    assert code(refresh(client, member.refresh_token)) == "refresh_token_revoked"
    signed_in = sign_in(client, member)
    headers = {"Authorization": f"Bearer {signed_in.get_json()['data']['access_token']}"}
    assert client.get(ME, headers=headers).status_code == 200


def test_doing_it_again_changes_nothing(client, disable, enable, member):
    first, second = disable(member), disable(member, reason="once more")
    assert first.get_json() == second.get_json()
    assert first.headers["ETag"] == second.headers["ETag"] == '"2"'

    first, second = enable(member), enable(member)
    assert first.get_json() == second.get_json()
    assert second.headers["ETag"] == '"3"'


def test_other_services_are_told_once(app, disable, enable, member):
    for act in (disable, disable, enable, enable):
        act(member)

    with app.app_context():
        told = select(AccountEvent.kind).where(AccountEvent.user_id == member.id).order_by(AccountEvent.id)
        assert db.session.scalars(told).all() == [ACCOUNT_RENAMED, ACCOUNT_DISABLED, ACCOUNT_ENABLED]


def test_body_is_optional(client, admin, member):
    for act in ("disable", "enable"):
        assert client.post(f"{member.url}/{act}", headers=admin.headers).status_code == 200


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_reason_that_says_nothing_or_too_much_is_refused(disable, member, reason):
    response = disable(member, reason=reason)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == ["reason"]


def test_last_admin_cannot_be_disabled(client, admin, add_person):
    other = add_person("admin")
    assert client.post(f"{other.url}/disable", headers=admin.headers).status_code == 200

    refused = client.post(f"{admin.url}/disable", headers=admin.headers)

    assert (refused.status_code, code(refused)) == (409, "last_admin")
    assert client.get(ME, headers=admin.headers).status_code == 200


def test_admin_may_disable_oneself_when_another_stays(client, admin, add_person):
    other = add_person("admin")

    assert client.post(f"{admin.url}/disable", headers=admin.headers).status_code == 200

    assert client.get(ME, headers=admin.headers).status_code == 401
    assert client.post(f"{admin.url}/enable", headers=other.headers).status_code == 200


def test_last_admin_cannot_be_demoted_while_the_other_is_disabled(client, admin, add_person):
    other = add_person("admin")
    client.post(f"{other.url}/disable", headers=admin.headers)

    assert code(client.patch(admin.url, json={"role": "user"}, headers=admin.headers)) == "last_admin"

    assert client.patch(other.url, json={"role": "user"}, headers=admin.headers).status_code == 200


def test_sessions_of_a_user_are_ended_and_the_user_may_sign_in_anew(app, client, admin, member):
    second = sign_in(client, member).get_json()["data"]

    response = client.delete(f"{member.url}/sessions", headers=admin.headers)

    assert (response.status_code, response.get_data()) == (204, b"")
    for token in (member.access_token, second["access_token"]):
        with pytest.raises(TokenRevoked):
            app.extensions["token_verifier"].principal(token)
    for token in (member.refresh_token, second["refresh_token"]):
        assert code(refresh(client, token)) == "refresh_token_revoked"
    anew = sign_in(client, member).get_json()["data"]
    assert client.get(ME, headers={"Authorization": f"Bearer {anew['access_token']}"}).status_code == 200
    assert client.get(ME, headers=admin.headers).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "disable"), ("POST", "enable"), ("DELETE", "sessions")])
def test_keeping_somebody_out_is_for_admins(client, member, add_person, method, path):
    librarian = add_person("librarian")
    for caller in (member, librarian):
        response = client.open(f"{member.url}/{path}", method=method, headers=caller.headers)

        assert (response.status_code, code(response)) == (403, "insufficient_scope")
    assert client.open(f"{member.url}/{path}", method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("POST", "disable"), ("POST", "enable"), ("DELETE", "sessions")])
def test_unknown_user_is_not_found(client, admin, method, path):
    response = client.open(f"/api/v1/users/999999999/{path}", method=method, headers=admin.headers)

    assert (response.status_code, code(response)) == (404, "user_not_found")
