"""Who may call a view: declared, and enforced before anything else is read."""

from __future__ import annotations

import pytest

from servicekit.access import (
    OWN_CREDENTIALS,
    PUBLIC,
    SERVICE,
    SIGNED_IN,
    access,
    anonymous_or_principal,
    current_principal,
    current_service,
)
from servicekit.limits import unlimited
from servicekit.revocation import session_name, user_name
from servicekit.testing.containers import redis_client


def views(blueprint, _limiter):
    def show_caller():
        principal = anonymous_or_principal()
        return {"user": principal and principal.user_id}

    requirements = {"public": PUBLIC, "signed-in": SIGNED_IN, "own": OWN_CREDENTIALS, "books:write": "books:write"}
    for path, requirement in requirements.items():

        def show():
            return show_caller()

        show.__name__ = f"show_{path.replace('-', '_').replace(':', '_')}"
        view = access(requirement)(unlimited(blueprint.response(200)(show)))
        blueprint.route(f"/{path}", methods=["GET", "POST"])(view)

    @blueprint.route("/for-services")
    @access(SERVICE)
    @unlimited
    @blueprint.response(200)
    def show_for_services():
        return {"service": current_service(), "user": anonymous_or_principal()}

    @blueprint.route("/undeclared")
    @unlimited
    @blueprint.response(200)
    def show_undeclared():
        return {}

    @blueprint.route("/principal")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200)
    def show_principal():
        principal = current_principal()
        return {
            "may": principal.may("books:write"),
            "session": principal.session_id,
            "epoch": principal.epoch,
            "via": principal.via,
            "has_api_key": principal.has_api_key,
        }


@pytest.fixture
def client(make_client):
    return make_client(views)


def error(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.mark.parametrize(("path", "user"), [("public", 5), ("signed-in", 5), ("books:write", 5), ("own", None)])
def test_signed_in_caller_is_the_principal_except_where_the_view_checks_itself(client, tokens, path, user):
    response = client.get(f"/api/v1/{path}", headers=tokens.headers(5))

    assert response.get_json()["data"] == {"user": user}


@pytest.mark.parametrize("path", ["public", "own"])
def test_anonymous_caller_may_call_a_public_view(client, path):
    assert client.get(f"/api/v1/{path}").get_json()["data"] == {"user": None}


@pytest.mark.parametrize("path", ["signed-in", "books:write", "principal"])
def test_anonymous_caller_is_asked_for_a_token_elsewhere(client, path):
    response = client.get(f"/api/v1/{path}")

    assert error(response) == (401, "token_missing")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'


@pytest.mark.parametrize("path", ["public", "signed-in", "books:write"])
@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer a b",
        "Bearer a,b",
        "",
        "Bearer a, Bearer b",
        "Bearer=a",
        "Bearer =a",
        "Bearer \tnonsense",
        "Bearer \u00e9.\u00e9.\u00e9",
        'Bearer "a"',
    ],
)
def test_authorization_that_is_no_good_token_is_refused_on_every_view(client, path, header):
    response = client.get(f"/api/v1/{path}", headers={"Authorization": header})

    assert error(response) == (401, "token_invalid")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon", error="invalid_token"'


def test_scheme_may_be_written_in_any_case(client, tokens):
    assert client.get("/api/v1/signed-in", headers={"Authorization": f"bEARER  {tokens.make()} "}).status_code == 200


def test_expired_token_is_told_as_such(client, tokens):
    response = client.get("/api/v1/public", headers={"Authorization": f"Bearer {tokens.make(exp=1)}"})

    assert error(response) == (401, "token_expired")


def test_revoked_session_is_refused_and_no_other(client, tokens):
    mine, other = ({"Authorization": f"Bearer {tokens.make(sid=sid)}"} for sid in ("mine", "other"))
    client.application.extensions["revocations"].announce([session_name("mine")], 60)

    assert error(client.get("/api/v1/signed-in", headers=mine)) == (401, "token_revoked")
    assert client.get("/api/v1/signed-in", headers=other).status_code == 200


def test_ended_epoch_of_a_user_is_refused_whatever_the_session(client, tokens):
    def headers(user_id, epoch):
        return {"Authorization": f"Bearer {tokens.make(user_id, epoch=epoch)}"}

    client.application.extensions["revocations"].announce([user_name(4, 1)], 60)

    assert error(client.get("/api/v1/signed-in", headers=headers(4, 1))) == (401, "token_revoked")
    assert client.get("/api/v1/signed-in", headers=headers(4, 2)).status_code == 200
    assert client.get("/api/v1/signed-in", headers=headers(41, 1)).status_code == 200


def test_token_of_which_nothing_is_known_is_accepted_or_refused_by_the_setting(
    make_client, tokens, servers, worker_number
):
    accepting, refusing = (make_client(views, COLOPHON_REVOCATION_UNKNOWN=policy) for policy in ("accept", "refuse"))
    redis_client(servers, worker_number).flushdb()

    assert accepting.get("/api/v1/signed-in", headers=tokens.headers()).status_code == 200
    refused = refusing.get("/api/v1/public", headers=tokens.headers())
    assert error(refused) == (503, "revocation_unknown")
    assert refused.headers["Retry-After"] == "2"
    assert "WWW-Authenticate" not in refused.headers
    # Nothing has to be known of a caller without a token.
    assert refusing.get("/api/v1/public").status_code == 200


def test_token_without_the_scope_is_refused_with_the_scope_it_lacks(client, tokens):
    token = tokens.make(scope="books:read books:writer")
    response = client.get("/api/v1/books:write", headers={"Authorization": f"Bearer {token}"})

    assert error(response) == (403, "insufficient_scope")
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="colophon", error="insufficient_scope", scope="books:write"'
    )


def test_view_that_declares_nothing_is_open_to_nobody(client, tokens, recorder):
    for headers in ({}, tokens.headers(role="admin")):
        response = client.get("/api/v1/undeclared", headers=headers)
        assert error(response) == (403, "access_undeclared")
        # No token would do, so none is said to be wrong.
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'
    assert recorder.named("access_undeclared")[0]["endpoint"] == "example.show_undeclared"


@pytest.mark.parametrize(("via", "has_api_key"), [("session", False), ("api_key", True)])
def test_principal_tells_what_the_token_says(client, tokens, via, has_api_key):
    token = tokens.make(sid="s-9", epoch=3, via=via)
    response = client.get("/api/v1/principal", headers={"Authorization": f"Bearer {token}"})

    assert response.get_json()["data"] == {
        "may": True,
        "session": "s-9",
        "epoch": 3,
        "via": via,
        "has_api_key": has_api_key,
    }


@pytest.mark.parametrize("path", ["signed-in", "undeclared"])
def test_options_is_answered_without_a_token(client, path):
    response = client.options(f"/api/v1/{path}")

    assert response.status_code == 200
    assert "GET" in response.headers["Allow"]


def test_token_is_asked_for_before_the_body_is_read(client):
    assert error(client.post("/api/v1/signed-in", data=b"{")) == (401, "token_missing")


def test_unknown_address_is_not_found_whatever_the_token(client):
    assert error(client.get("/api/v1/nowhere", headers={"Authorization": "Bearer x"})) == (404, "not_found")


def test_service_is_let_in_where_services_are_meant(client, tokens):
    response = client.get("/api/v1/for-services", headers={"Authorization": f"Bearer {tokens.service_token('auth')}"})

    assert response.get_json()["data"] == {"service": "auth", "user": None}


def test_caller_without_a_token_is_asked_for_one_where_services_are_meant(client):
    assert error(client.get("/api/v1/for-services")) == (401, "token_missing")


@pytest.mark.parametrize("scope", ["books:write", "service"])
def test_access_token_is_refused_where_services_are_meant(client, tokens, scope):
    token = tokens.make(role="admin", scope=scope)
    response = client.get("/api/v1/for-services", headers={"Authorization": f"Bearer {token}"})

    assert error(response) == (401, "token_invalid")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon", error="invalid_token"'


@pytest.mark.parametrize("path", ["public", "signed-in", "books:write"])
def test_service_token_is_refused_everywhere_else(client, tokens, path):
    # Right for an access token in everything but its type.
    claims = {"sub": "1", "aud": "colophon", "sid": "s", "role": "admin", "scope": "books:write", "epoch": 0}
    for token in (tokens.service_token(), tokens.service_token(via="session", **claims)):
        response = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})

        assert error(response) == (401, "token_invalid")
