"""The application as a whole: what every view declares, and what never leaves it."""

import pytest

from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.sessions.operations import IssuedTokens
from auth_service.users.models import User
from servicekit.access import declared_access
from servicekit.limits import declared_limits

EXPECTED = {
    "GET /api/v1/auth/health": ("public", ("unlimited",)),
    "POST /api/v1/auth/register": ("public", ("registrations",)),
    "POST /api/v1/auth/login": ("own-credentials", ("failed-attempts", "sign-ins")),
    "POST /api/v1/auth/refresh": ("own-credentials", ("refreshes",)),
    "POST /api/v1/auth/revoke": ("own-credentials", ("revocations",)),
    "POST /api/v1/auth/introspect": ("tokens:introspect", ("introspections",)),
    "POST /api/v1/auth/login/mfa": ("own-credentials", ("failed-attempts", "sign-ins")),
    "GET /api/v1/auth/mfa": ("account:enrol", ("reads",)),
    "POST /api/v1/auth/mfa/totp": ("account:enrol", ("failed-attempts", "writes")),
    "POST /api/v1/auth/mfa/totp/confirm": ("account:enrol", ("failed-attempts", "writes")),
    "DELETE /api/v1/auth/mfa/totp": ("account:manage", ("failed-attempts", "writes")),
    "POST /api/v1/auth/mfa/recovery-codes": ("account:manage", ("failed-attempts", "writes")),
    "DELETE /api/v1/users/<id:user_id>/mfa": ("users:admin", ("writes",)),
    "POST /api/v1/auth/logout": ("account:enrol", ("writes",)),
    "GET /api/v1/auth/sessions": ("account:manage", ("reads",)),
    "DELETE /api/v1/auth/sessions/<key:session_id>": ("account:manage", ("writes",)),
    "POST /api/v1/auth/password-reset": ("public", ("password-resets-per-account", "recovery-per-address")),
    "POST /api/v1/auth/password-reset/confirm": ("own-credentials", ("one-time-tokens",)),
    "POST /api/v1/auth/verify-email": ("own-credentials", ("one-time-tokens",)),
    "POST /api/v1/auth/verify-email/resend": ("public", ("verification-mails-per-account", "recovery-per-address")),
    "POST /api/v1/auth/email-change/confirm": ("own-credentials", ("one-time-tokens",)),
    "GET /api/v1/auth/me": ("signed-in", ("reads",)),
    "GET /api/v1/users": ("users:admin", ("reads",)),
    "POST /api/v1/users": ("users:admin", ("writes",)),
    "GET /api/v1/users/profile": ("account:manage", ("reads",)),
    "PUT /api/v1/users/profile": ("account:manage", ("email-changes", "taken-names", "failed-attempts", "writes")),
    "PATCH /api/v1/users/profile": ("account:manage", ("email-changes", "taken-names", "failed-attempts", "writes")),
    "GET /api/v1/users/<id:user_id>": ("signed-in", ("reads",)),
    "PUT /api/v1/users/<id:user_id>": ("signed-in", ("email-changes", "taken-names", "failed-attempts", "writes")),
    "PATCH /api/v1/users/<id:user_id>": ("signed-in", ("email-changes", "taken-names", "failed-attempts", "writes")),
    "DELETE /api/v1/users/profile/email-change": ("account:manage", ("writes",)),
    "POST /api/v1/users/<id:user_id>/password-reset": ("users:admin", ("writes",)),
    "DELETE /api/v1/users/<id:user_id>": ("signed-in", ("failed-attempts", "writes")),
    "GET /api/v1/users/<id:user_id>/failed-sign-ins": ("users:admin", ("reads",)),
    "DELETE /api/v1/users/<id:user_id>/failed-sign-ins": ("users:admin", ("writes",)),
    "DELETE /api/v1/users/profile": ("account:manage", ("failed-attempts", "writes")),
    "GET /api/v1/users/profile/activity": ("account:manage", ("reads",)),
    "GET /api/v1/users/profile/export": ("account:manage", ("exports",)),
    "POST /api/v1/users/<id:user_id>/disable": ("users:admin", ("writes",)),
    "POST /api/v1/users/<id:user_id>/enable": ("users:admin", ("writes",)),
    "DELETE /api/v1/users/<id:user_id>/sessions": ("users:admin", ("writes",)),
    "GET /api/v1/api-keys": ("account:manage", ("reads",)),
    "POST /api/v1/api-keys": ("account:manage", ("writes",)),
    "GET /api/v1/api-keys/<key:key_id>": ("account:manage", ("reads",)),
    "PATCH /api/v1/api-keys/<key:key_id>": ("account:manage", ("writes",)),
    "DELETE /api/v1/api-keys/<key:key_id>": ("account:manage", ("writes",)),
    "POST /api/v1/api-keys/<key:key_id>/rotate": ("account:manage", ("writes",)),
    "GET /internal/api-key-exchange": ("own-credentials", ("refused-api-keys",)),
    "GET /api/v1/audit": ("audit:read", ("reads",)),
    "GET /internal/health/live": ("public", ("unlimited",)),
    "GET /internal/health/ready": ("public", ("unlimited",)),
    "GET /internal/metrics": ("public", ("unlimited",)),
}


def test_every_view_declares_who_may_call_it_and_how_often(app):
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.rule}"] = (declared_access(view), declared_limits(view))

    assert found == EXPECTED


def test_operations_have_names_of_their_own(app):
    names = [
        operation["operationId"]
        for path in app.extensions["api"].spec.to_dict()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]

    assert len(names) == len(set(names)) == 48


@pytest.mark.parametrize("url", ["/api/v1/auth/me", "/api/v1/users/1", "/api/v1/auth/health", "/nowhere"])
def test_no_answer_is_for_caches(client, member, url):
    for headers in (member.headers, {}):
        assert client.get(url, headers=headers).headers["Cache-Control"] == "no-store"


def test_no_secret_reaches_the_log(app, client, member, caplog):
    caplog.set_level("DEBUG")
    secrets = ["analytical engines", member.password, "not it at all", member.refresh_token, member.access_token]
    client.post("/api/v1/auth/register", json={"email": "b@example.org", "password": secrets[0]})
    client.post("/api/v1/auth/register", json={"email": "b@example.org", "password": secrets[0]})
    client.post("/api/v1/auth/login", json={"email": member.email, "password": secrets[2]})
    answer = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token}).get_json()["data"]
    client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})
    client.post("/api/v1/auth/revoke", data={"token": answer["refresh_token"]})
    client.post("/api/v1/auth/introspect", data={"token": answer["access_token"]}, headers=member.headers)
    client.patch(
        "/api/v1/users/profile",
        json={"password": secrets[0], "current_password": member.password},
        headers=member.headers,
    )

    assert caplog.records
    for secret in [*secrets, answer["access_token"], answer["refresh_token"], "argon2id"]:
        assert secret not in caplog.text


@pytest.mark.parametrize("kind", ["User", "UserSession", "RefreshToken", "IssuedTokens"])
def test_no_secret_is_in_what_objects_show_of_themselves(kind):
    shown = {
        "User": repr(User(id=1, password_hash="hidden", email="hidden")),
        "UserSession": repr(UserSession(id="hidden", user_id=1)),
        "RefreshToken": repr(RefreshToken(id=1, token_hash="hidden")),
        "IssuedTokens": repr(IssuedTokens("hidden", "hidden")),
    }

    assert "hidden" not in shown[kind]
