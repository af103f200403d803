"""The keys made from the secret of the service."""

import pytest

from auth_service.config import AuthConfig
from auth_service.secret_key import derived_key
from servicekit import env

SECRET = "s" * 48


def test_each_purpose_has_a_key_of_its_own():
    keys = {derived_key(SECRET, "one"), derived_key(SECRET, "two"), derived_key(SECRET + "!", "one")}

    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert derived_key(SECRET, "one") in keys


@pytest.mark.parametrize("secret", [None, "", "short", "s" * 31])
def test_service_does_not_start_without_a_long_secret(secret):
    environment = {
        "COLOPHON_SIGNING_KEYS_DIR": "/nowhere",
        "COLOPHON_REDIS_PASSWORD": "x",
        "AUTH_DATABASE_URL": "postgresql+psycopg2://auth@localhost/colophon",
        "AUTH_DATABASE_PASSWORD": "x",
        **({} if secret is None else {"AUTH_SECRET_KEY": secret}),
    }

    with pytest.raises(env.ConfigurationError, match="AUTH_SECRET_KEY"):
        env.load(AuthConfig, environment)
