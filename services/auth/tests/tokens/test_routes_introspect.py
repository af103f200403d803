"""Looking at tokens as other services do (RFC 7662)."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, update

from auth_service.api_keys.models import ApiKey
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.users.models import User
from servicekit.testing.containers import redis_client

INTROSPECT = "/api/v1/auth/introspect"
REFRESH = "/api/v1/auth/refresh"


@pytest.fixture
def introspect(client, admin):
    """Return a function that gives what is told of a token."""

    def ask(token, **fields):
        response = client.post(INTROSPECT, data={"token": token, **fields}, headers=admin.headers)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        return response.get_json()

    return ask


def claims_of(client, token):
    verifier = client.application.extensions["token_verifier"]
    return verifier.principal(token)


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something_else"])
def test_live_access_token_is_told_with_what_it_says(client, introspect, member, hint):
    told = introspect(member.access_token, **({} if hint is None else {"token_type_hint": hint}))

    now = int(time.time())
    assert now - 60 <= told.pop("iat") <= now
    assert now + 840 <= told.pop("exp") <= now + 900
    assert len(told.pop("jti")) == 32
    assert told == {
        "active": True,
        "scope": "account:enrol account:manage books:read books:write reading_list:read reading_list:write "
        "reviews:write",
        "username": "ada",
        "token_type": "Bearer",
        "sub": str(member.id),
        "aud": "colophon",
        "iss": "colophon",
        "sid": claims_of(client, member.access_token).session_id,
        "role": "user",
    }


def test_live_refresh_token_is_told_as_one_and_opens_nothing(client, introspect, member):
    told = introspect(member.refresh_token)

    now = int(time.time())
    assert now - 60 <= told.pop("iat") <= now
    assert told.pop("exp") > now + 29 * 86_400
    assert told == {
        "active": True,
        "username": "ada",
        "token_type": "refresh_token",
        "sub": str(member.id),
        "iss": "colophon",
        "sid": claims_of(client, member.access_token).session_id,
        "role": "user",
    }


def test_who_has_no_username_is_told_by_the_address(introspect, add_person):
    assert introspect(add_person(email="grace@example.org").access_token)["username"] == "grace@example.org"


def test_token_of_an_api_key_is_told_with_the_id_of_the_key(introspect, member, exchange):
    key, token = exchange(member, "books:read")

    told = introspect(token)

    assert (told["active"], told["sid"], told["scope"]) == (True, key["id"], "books:read")
    assert told["exp"] - told["iat"] == 60
    # The key itself is no token.
    assert introspect(key["secret"]) == {"active": False}


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_token_of_a_key_that_is_over_is_inactive(introspect, member, exchange, change, ended):
    key, token = exchange(member, "books:read")

    change(update(ApiKey).where(ApiKey.id == key["id"]).values({ended: func.now()}))

    assert introspect(token) == {"active": False}


def test_token_of_a_key_that_never_was_or_of_another_is_inactive(introspect, member, admin, exchange, tokens):
    key, _ = exchange(admin, "books:read")

    for sid in ("key_1", key["id"]):
        assert introspect(tokens.make(member.id, sid=sid, via="api_key")) == {"active": False}


def sign_out(client, member, change):
    assert client.post("/api/v1/auth/logout", headers=member.headers).status_code == 204


def delete(client, member, change):
    assert client.delete(member.url, json=member.confirmation, headers=member.headers).status_code == 204


def disable(client, member, change):
    change(update(User).where(User.id == member.id).values(disabled_at=func.now()))


def end_session(client, member, change):
    change(update(UserSession).where(UserSession.user_id == member.id).values(revoked_at=func.now()))


@pytest.mark.parametrize("end", [sign_out, delete, disable, end_session])
def test_token_of_what_has_ended_is_inactive_though_redis_knows_nothing(
    client, introspect, member, end, change, servers, worker_number
):
    end(client, member, change)
    revocations = redis_client(servers, worker_number)
    revocations.delete("-", *revocations.keys("colophon:revoked:*"))

    assert introspect(member.access_token) == {"active": False}
    assert introspect(member.refresh_token) == {"active": False}


def test_access_token_of_another_epoch_is_inactive_and_the_session_goes_on(client, introspect, member, admin):
    assert client.patch(member.url, json={"role": "librarian"}, headers=admin.headers).status_code == 200

    assert introspect(member.access_token) == {"active": False}
    assert introspect(member.refresh_token)["role"] == "librarian"


def test_tokens_whose_time_is_over_are_inactive(introspect, member, tokens, client, change):
    sid = claims_of(client, member.access_token).session_id
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert introspect(tokens.make(member.id, sid=sid))["active"]

    assert introspect(tokens.make(member.id, sid=sid, exp=int(time.time()) - 31)) == {"active": False}
    assert introspect(tokens.make(member.id, sid=sid, nbf=int(time.time()) + 60)) == {"active": False}
    change(update(RefreshToken).values(expires_at=past))
    assert introspect(member.refresh_token) == {"active": False}
    change(update(UserSession).where(UserSession.id == sid).values(expires_at=past))
    assert introspect(member.access_token) == {"active": False}


def test_used_refresh_token_is_inactive_and_its_successor_is_not(client, introspect, member):
    successor = client.post(REFRESH, json={"refresh_token": member.refresh_token}).get_json()["data"]["refresh_token"]

    assert introspect(member.refresh_token) == {"active": False}
    assert introspect(successor)["active"]
    # To be looked at is not to be used.
    assert client.post(REFRESH, json={"refresh_token": successor}).status_code == 200


@pytest.mark.parametrize(
    "spoiled",
    [
        {"secret": "x" * 40},
        {"aud": "another"},
        {"iss": "another"},
        {"headers": {"typ": "JWT"}},
        {"headers": {"kid": "../../etc/passwd"}},
        {"sub": "999999999"},
        {"sid": "never-was"},
        {"epoch": 1},
    ],
)
def test_token_that_is_not_ours_is_inactive_and_nothing_more_is_told(client, introspect, member, tokens, spoiled):
    sid = claims_of(client, member.access_token).session_id
    assert introspect(tokens.make(member.id, sid=sid))["active"]

    assert introspect(tokens.make(member.id, **{"sid": sid, **spoiled})) == {"active": False}


def test_session_of_another_is_no_session_of_the_token(client, introspect, member, admin, tokens):
    sid = claims_of(client, admin.access_token).session_id

    assert introspect(tokens.make(member.id, sid=sid)) == {"active": False}


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00fc", "\x00", "x" * 100_000, "' OR 1=1 --"])
def test_what_is_no_token_is_inactive(introspect, token):
    assert introspect(token) == {"active": False}


def test_service_token_is_inactive(introspect, tokens):
    assert introspect(tokens.service_token()) == {"active": False}


def test_json_does_as_well(client, member, admin):
    response = client.post(INTROSPECT, json={"token": member.access_token}, headers=admin.headers)

    assert response.get_json()["active"] is True


def test_scope_is_needed_and_named(client, member, admin):
    response = client.post(INTROSPECT, data={"token": admin.access_token}, headers=member.headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == (403, "insufficient_scope")
    challenge = 'Bearer realm="colophon", error="insufficient_scope", scope="tokens:introspect"'
    assert response.headers["WWW-Authenticate"] == challenge


@pytest.mark.parametrize("authorization", [None, "Basic cmVhZGVyOnNlY3JldA==", "Bearer nonsense"])
def test_token_is_needed(client, member, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = client.post(INTROSPECT, data={"token": member.access_token}, headers=headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_token_that_is_looked_at_is_no_credential(client, admin):
    assert client.post(INTROSPECT, data={"token": admin.access_token}).status_code == 401


def test_api_key_with_the_scope_will_do(client, member, admin, exchange):
    """So a service asks: its tokens carry that scope and no other."""
    answers = []
    for scope in ("tokens:introspect", "books:read"):
        headers = {"Authorization": f"Bearer {exchange(admin, scope)[1]}"}
        answers.append(client.post(INTROSPECT, data={"token": member.access_token}, headers=headers))

    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[0].get_json()["active"]


def test_caller_must_still_be_what_the_token_says(client, member, admin, change):
    change(update(User).where(User.id == admin.id).values(disabled_at=func.now()))

    response = client.post(INTROSPECT, data={"token": member.access_token}, headers=admin.headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == (401, "token_revoked")


def test_introspections_are_limited_by_account(client, app, admin, add_person, member):
    limits = app.extensions["rate_limits"]
    before = limits["rate_limit_introspections"]
    limits["rate_limit_introspections"] = "1 per minute"
    try:
        for person in (admin, add_person("admin")):
            statuses = [
                client.post(INTROSPECT, data={"token": "x"}, headers=person.headers).status_code for _ in range(2)
            ]
            assert statuses == [200, 429]
    finally:
        limits["rate_limit_introspections"] = before


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", "", 422),
        ("application/x-www-form-urlencoded", "token=a&token=b", 422),
        ("application/json", '{"token": 5}', 422),
        ("text/plain", "token=a", 415),
        ("application/x-www-form-urlencoded", f"token={'x' * 1024 * 1024}", 413),
    ],
)
def test_request_that_names_no_token_is_refused_in_the_envelope(client, admin, content_type, body, status):
    response = client.post(INTROSPECT, data=body, content_type=content_type, headers=admin.headers)

    assert (response.status_code, response.get_json()["success"]) == (status, False)
