"""Settings that belong together."""

from __future__ import annotations

import pytest

from auth_service.config import AuthConfig
from servicekit import env
from servicekit.env import ConfigurationError

REQUIRED = {
    "COLOPHON_SIGNING_KEYS_DIR": "/run/signing-keys",
    "COLOPHON_REDIS_PASSWORD": "hush",
    "AUTH_DATABASE_URL": "postgresql+psycopg2://role@postgres:5432/colophon",
    "AUTH_DATABASE_PASSWORD": "hush",
    "AUTH_SECRET_KEY": "x" * 32,
}
MAILING = {"AUTH_SMTP_HOST": "smtp.example.org", "AUTH_MAIL_FROM": "Colophon <no-reply@example.org>"}


def test_mails_are_off_unless_a_server_is_given():
    config = env.load(AuthConfig, REQUIRED)

    assert (config.smtp_host, config.smtp_port, config.smtp_security) == (None, 587, "starttls")
    assert (config.smtp_username, config.smtp_password, config.mail_from) == (None, None, None)


def test_mail_server_is_taken_with_its_sender_and_sign_in():
    config = env.load(AuthConfig, {**REQUIRED, **MAILING, "AUTH_SMTP_USERNAME": "me", "AUTH_SMTP_PASSWORD": "unsaid"})

    assert (config.smtp_host, config.smtp_username, config.smtp_password) == ("smtp.example.org", "me", "unsaid")
    assert "unsaid" not in repr(config)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"AUTH_MAIL_FROM": ""}, "AUTH_MAIL_FROM is required with AUTH_SMTP_HOST"),
        ({"AUTH_MAIL_FROM": "nobody"}, "AUTH_MAIL_FROM must be an address such as"),
        ({"AUTH_SMTP_USERNAME": "me"}, "given both or not at all"),
        ({"AUTH_SMTP_PASSWORD": "hush"}, "given both or not at all"),
        (
            {"AUTH_SMTP_USERNAME": "me", "AUTH_SMTP_PASSWORD": "hush", "AUTH_SMTP_SECURITY": "none"},
            "AUTH_SMTP_USERNAME needs AUTH_SMTP_SECURITY",
        ),
        ({"AUTH_SMTP_SECURITY": "ssl"}, "AUTH_SMTP_SECURITY must be one of none, starttls, tls"),
        ({"AUTH_SMTP_PORT": "0"}, "AUTH_SMTP_PORT must be at least 1"),
        ({"COLOPHON_PUBLIC_URL": "books.example.org"}, "COLOPHON_PUBLIC_URL must be http"),
        ({"COLOPHON_PUBLIC_URL": "https://books.example.org/"}, "COLOPHON_PUBLIC_URL must be http"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, problem):
    with pytest.raises(ConfigurationError, match=problem):
        env.load(AuthConfig, {**REQUIRED, **MAILING, **changes})
