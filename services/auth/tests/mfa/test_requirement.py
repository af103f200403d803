"""Roles that need a second factor."""

import jwt
import pytest

from auth_service.config import AuthConfig
from auth_service.users.roles import scopes_of_role
from servicekit import env

LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"
MFA = "/api/v1/auth/mfa"
LIMITED = [
    ("GET", "/api/v1/users"),
    ("GET", "/api/v1/users/profile"),
    ("PATCH", "/api/v1/users/profile"),
    ("GET", "/api/v1/auth/sessions"),
    ("DELETE", f"{MFA}/totp"),
    ("POST", f"{MFA}/recovery-codes"),
    ("DELETE", "/api/v1/users/1/mfa"),
    ("DELETE", "/api/v1/users/{id}"),
]


def sign_in(client, person):
    response = client.post(LOGIN, json={"email": person.email, "password": person.password})
    assert response.status_code == 200
    return response.get_json()["data"]


def refresh(client, token):
    response = client.post(REFRESH, json={"refresh_token": token})
    assert response.status_code == 200
    return response.get_json()["data"]


def scopes(tokens):
    return jwt.decode(tokens["access_token"], options={"verify_signature": False})["scope"].split()


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_session_without_the_factor_may_do_nothing_but_enrol(client, admin, require_factor_of):
    require_factor_of("admin")

    tokens = sign_in(client, admin)

    assert tokens["mfa_enrolment_required"] is True
    assert scopes(tokens) == ["account:enrol"]
    state = client.get(MFA, headers=bearer(tokens)).get_json()["data"]
    assert (state["enabled"], state["required"]) == (False, True)


@pytest.mark.parametrize(("method", "url"), LIMITED)
def test_everything_else_needs_a_scope_that_is_missing(client, admin, require_factor_of, method, url):
    require_factor_of("admin")
    tokens = sign_in(client, admin)

    response = client.open(url.format(id=admin.id), method=method, json={}, headers=bearer(tokens))

    assert (response.status_code, response.get_json()["error"]["code"]) == (403, "insufficient_scope")


def test_signing_out_is_possible(client, admin, require_factor_of):
    require_factor_of("admin")
    tokens = sign_in(client, admin)

    assert client.post("/api/v1/auth/logout", headers=bearer(tokens)).status_code == 204


def test_refresh_gives_the_scopes_of_the_role_once_it_is_set_up(client, admin, require_factor_of, authenticator_of):
    require_factor_of("admin")
    tokens = sign_in(client, admin)
    begun = client.post(f"{MFA}/totp", json={"current_password": admin.password}, headers=bearer(tokens))
    code = authenticator_of(begun).code()
    assert client.post(f"{MFA}/totp/confirm", json={"code": code}, headers=bearer(tokens)).status_code == 200

    after = refresh(client, tokens["refresh_token"])

    assert after["mfa_enrolment_required"] is False
    assert scopes(after) == list(scopes_of_role("admin"))
    assert client.get("/api/v1/users", headers=bearer(after)).status_code == 200


def test_session_from_before_the_requirement_is_limited_at_its_next_refresh(client, admin, require_factor_of):
    require_factor_of("librarian", "admin")

    tokens = refresh(client, admin.refresh_token)

    assert tokens["mfa_enrolment_required"] is True
    assert scopes(tokens) == ["account:enrol"]


def test_sign_in_with_the_factor_gives_the_scopes_of_the_role(client, admin, require_factor_of, enrol, challenge_of):
    guarded = enrol(admin)
    require_factor_of("admin")

    body = {"challenge": challenge_of(guarded), "code": guarded.authenticator.code()}
    tokens = client.post(f"{LOGIN}/mfa", json=body).get_json()["data"]

    assert (tokens["mfa_enrolment_required"], scopes(tokens)) == (False, list(scopes_of_role("admin")))


def test_role_that_is_given_counts_from_the_next_refresh_on(client, admin, member, require_factor_of):
    require_factor_of("librarian")
    assert client.patch(member.url, json={"role": "librarian"}, headers=admin.headers).status_code == 200

    refused = client.get("/api/v1/users/profile", headers=member.headers)

    assert refused.get_json()["error"]["code"] == "token_revoked"
    assert scopes(refresh(client, member.refresh_token)) == ["account:enrol"]


def test_other_roles_need_no_factor(client, member, require_factor_of):
    require_factor_of("librarian", "admin")

    tokens = sign_in(client, member)

    assert (tokens["mfa_enrolment_required"], scopes(tokens)) == (False, list(scopes_of_role("user")))


def test_whoever_turns_a_required_factor_off_is_limited_at_once(client, admin, require_factor_of, enrol):
    guarded = enrol(admin)
    require_factor_of("admin")
    body = {"current_password": guarded.password, "recovery_code": guarded.recovery_codes[0]}

    assert client.delete(f"{MFA}/totp", json=body, headers=guarded.headers).status_code == 204

    assert client.get("/api/v1/users", headers=guarded.headers).get_json()["error"]["code"] == "token_revoked"
    assert scopes(refresh(client, admin.refresh_token)) == ["account:enrol"]


def test_api_keys_of_somebody_without_the_factor_carry_no_scope(client, admin, require_factor_of, enrol):
    body = {"name": "importer", "scopes": ["books:read", "audit:read"]}
    key = client.post("/api/v1/api-keys", json=body, headers=admin.headers).get_json()["data"]["secret"]

    def scopes_of_key():
        response = client.get("/internal/api-key-exchange", headers={"X-API-Key": key})
        assert response.status_code == 204
        return scopes({"access_token": response.headers["X-Access-Token"]})

    require_factor_of("admin")
    before = scopes_of_key()
    enrol(admin)

    assert (before, scopes_of_key()) == ([], ["books:read", "audit:read"])


def environment(**settings):
    return {
        "COLOPHON_SIGNING_KEYS_DIR": "/nowhere",
        "COLOPHON_REDIS_PASSWORD": "x",
        "AUTH_DATABASE_URL": "postgresql+psycopg2://auth@localhost/colophon",
        "AUTH_DATABASE_PASSWORD": "x",
        "AUTH_SECRET_KEY": "s" * 48,
        **settings,
    }


def test_setting_names_roles_and_reaches_the_rule(build_app, service_environment):
    settings = {"AUTH_MFA_REQUIRED_ROLES": " admin, librarian", "AUTH_MFA_ISSUER_NAME": "City Library"}
    wiring = build_app({**service_environment("auth"), **settings}).extensions["wiring"]

    assert wiring.mfa_requirement.roles == {"admin", "librarian"}
    assert wiring.second_factors.issuer_name == "City Library"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AUTH_MFA_REQUIRED_ROLES", "admins"),
        ("AUTH_MFA_REQUIRED_ROLES", "admin;user"),
        ("AUTH_MFA_ISSUER_NAME", "Library: the one"),
        ("AUTH_MFA_ISSUER_NAME", "x" * 51),
    ],
)
def test_service_does_not_start_with_a_setting_that_means_nothing(variable, value):
    with pytest.raises(env.ConfigurationError, match=variable):
        env.load(AuthConfig, environment(**{variable: value}))
