"""API keys while Redis cannot be reached."""

import pytest

from auth_service import limits
from auth_service.api_keys.key_secrets import new_secret
from auth_service.extensions import db


@pytest.fixture(name="app")
def _app_without_redis(app, build_app, service_environment, truncated):
    """An application on the same database whose Redis is at an address where nothing listens."""
    before = dict(vars(limits.limiter))
    other = build_app({**service_environment("auth"), "COLOPHON_REDIS_URL": "redis://127.0.0.1:1/0"})
    other.config["PROPAGATE_EXCEPTIONS"] = False
    yield other
    vars(limits.limiter).clear()
    vars(limits.limiter).update(before)
    with other.app_context():
        db.engine.dispose()


@pytest.fixture(name="client")
def _client(app):
    return app.test_client()


def test_keys_are_made_exchanged_and_revoked(client, add_person, make_key, exchange):
    member = add_person()
    key = make_key(member)
    headers = {"Authorization": f"Bearer {exchange(key['secret']).headers['X-Access-Token']}"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200

    assert client.delete(key["links"]["self"], headers=member.headers).status_code == 204

    # Auth asks its database; books waits for the reconciler of the worker.
    assert client.get("/api/v1/auth/me", headers=headers).get_json()["error"]["code"] == "token_revoked"
    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_revoked"


def test_guesses_are_limited_by_the_process_alone(client, exchange):
    codes = [exchange(new_secret()).headers["X-Error-Code"] for _ in range(62)]

    assert codes == ["api_key_unknown"] * 60 + ["rate_limited"] * 2
