"""Revoking tokens as standard clients do (RFC 7009)."""

import json

import pytest
from sqlalchemy import func, select, update

from auth_service.audit import actions
from auth_service.audit.models import AuditEvent
from auth_service.users.models import User
from servicekit.testing.containers import redis_client

REVOKE = "/api/v1/auth/revoke"
REFRESH = "/api/v1/auth/refresh"
ME = "/api/v1/auth/me"


def revoke(client, token, **fields):
    response = client.post(REVOKE, data={"token": token, **fields})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"


def is_signed_in(client, person):
    return client.get(ME, headers=person.headers).status_code == 200


def session_of(client, person):
    return client.application.extensions["token_verifier"].principal(person.access_token).session_id


def code_of_refresh(client, token):
    return client.post(REFRESH, json={"refresh_token": token}).get_json()["error"]["code"]


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something_else", ""])
def test_revoked_token_ends_its_session_whatever_the_hint(client, member, kind, hint):
    revoke(client, getattr(member, kind), **({} if hint is None else {"token_type_hint": hint}))

    answer = client.get(ME, headers=member.headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_revoked")
    assert code_of_refresh(client, member.refresh_token) == "refresh_token_revoked"


def test_revocation_is_told_to_redis_and_to_the_audit_log(client, member, servers, worker_number, rows):
    ended = session_of(client, member)

    client.post(REVOKE, data={"token": member.refresh_token}, headers={"User-Agent": "backup-tool/1"})

    assert redis_client(servers, worker_number).exists(f"colophon:revoked:sid:{ended}")
    ((event,),) = rows(select(AuditEvent).where(AuditEvent.action == actions.TOKEN_REVOKED))
    assert (event.user_id, event.session_id, event.actor_id) == (member.id, ended, None)
    assert (event.user_agent, event.address) == ("backup-tool/1", "127.0.0.1")
    assert member.refresh_token not in json.dumps(event.details)


def test_json_does_as_well(client, member):
    response = client.post(REVOKE, json={"token": member.access_token, "token_type_hint": "access_token"})

    assert (response.status_code, response.data) == (200, b"")
    assert not is_signed_in(client, member)


def test_credentials_that_standard_clients_send_along_are_left_alone(client, member, admin):
    for person, headers in ((member, {"Authorization": "Basic cmVhZGVyOnNlY3JldA=="}), (admin, {})):
        fields = {"token": person.refresh_token, "client_id": "reader", "client_secret": "secret"}
        assert client.post(REVOKE, data=fields, headers=headers).status_code == 200
        assert not is_signed_in(client, person)


def test_other_sessions_go_on(client, member, add_person):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})

    revoke(client, member.refresh_token)

    headers = {"Authorization": f"Bearer {other.get_json()['data']['access_token']}"}
    assert client.get(ME, headers=headers).status_code == 200


def test_used_refresh_token_ends_its_session_as_using_it_again_would(client, member):
    successor = client.post(REFRESH, json={"refresh_token": member.refresh_token}).get_json()["data"]

    revoke(client, member.refresh_token)

    assert code_of_refresh(client, successor["refresh_token"]) == "refresh_token_revoked"


def test_token_is_revoked_once(client, member, rows):
    for _ in range(3):
        revoke(client, member.access_token)
        revoke(client, member.refresh_token)

    assert len(rows(select(AuditEvent.id).where(AuditEvent.action == actions.TOKEN_REVOKED))) == 1


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "\u00fc", "\x00", " ", "x" * 100_000, "eyJhbGciOiJub25lIn0.e30.", "' OR 1=1 --", "Bearer x"],
)
def test_token_that_nobody_knows_is_answered_like_any_other(client, token):
    revoke(client, token)
    assert client.post(REVOKE, json={"token": token}).status_code == 200


@pytest.mark.parametrize(
    "spoiled",
    [
        {"exp": 1},
        {"aud": "another"},
        {"epoch": 1},
        {"secret": "x" * 40},
        {"headers": {"typ": "JWT"}},
        {"headers": {"kid": "unknown"}},
        {"via": "api_key"},
    ],
)
def test_access_token_that_does_not_count_ends_nothing(client, member, tokens, spoiled):
    sid = session_of(client, member)

    revoke(client, tokens.make(member.id, **{"sid": sid, **spoiled}))

    assert is_signed_in(client, member)
    revoke(client, tokens.make(member.id, sid=sid))
    assert not is_signed_in(client, member)


def test_token_of_an_api_key_ends_neither_the_key_nor_itself(client, member, exchange):
    """It is over within a minute, and the key is revoked where it was made."""
    key, token = exchange(member, "books:read")

    revoke(client, token)
    revoke(client, key["secret"])

    assert client.get(ME, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get(key["links"]["self"], headers=member.headers).get_json()["data"]["revoked_at"] is None
    assert is_signed_in(client, member)


def test_service_token_ends_nothing(client, member, tokens):
    revoke(client, tokens.service_token(sid=session_of(client, member)))

    assert is_signed_in(client, member)


def test_access_token_cannot_end_the_session_of_another(client, member, admin, tokens):
    revoke(client, tokens.make(member.id, sid=session_of(client, admin)))

    assert is_signed_in(client, admin)


def test_token_of_a_disabled_account_is_answered_alike(client, member, change):
    change(update(User).where(User.id == member.id).values(disabled_at=func.now()))

    revoke(client, member.access_token)
    revoke(client, member.refresh_token)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/x-www-form-urlencoded", "", 422, "validation_failed"),
        ("application/x-www-form-urlencoded", "token=", 422, "validation_failed"),
        ("application/x-www-form-urlencoded", "token=a&token=b", 422, "validation_failed"),
        ("application/x-www-form-urlencoded", "token=%ff", 400, "malformed_body"),
        ("application/json", "{}", 422, "validation_failed"),
        ("application/json", '{"token": null}', 422, "validation_failed"),
        ("application/json", '{"token": ["a"]}', 422, "validation_failed"),
        ("application/json", '{"token": "a", "client_id": "b"}', 422, "validation_failed"),
        ("application/json", "[]", 400, "malformed_body"),
        ("text/plain", "token=a", 415, "unsupported_media_type"),
        ("multipart/form-data; boundary=x", "--x--", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", f"token={'x' * 1024 * 1024}", 413, "payload_too_large"),
    ],
)
def test_request_that_names_no_token_is_refused_in_the_envelope(client, content_type, body, status, code):
    response = client.post(REVOKE, data=body, content_type=content_type)

    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)


def test_revocations_are_limited_by_address(client, app):
    def statuses(address):
        overrides = {"REMOTE_ADDR": address}
        return [client.post(REVOKE, data={"token": "x"}, environ_overrides=overrides).status_code for _ in range(2)]

    limit = "rate_limit_revocations"
    before = app.extensions["rate_limits"][limit]
    app.extensions["rate_limits"][limit] = "1 per minute"
    try:
        assert statuses("192.0.2.1") == [200, 429]
        assert statuses("192.0.2.2") == [200, 429]
    finally:
        app.extensions["rate_limits"][limit] = before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_tokens_are_never_taken_from_the_address(client, method):
    response = client.open(f"{REVOKE}?token=x", method=method)

    assert response.status_code == 405
