"""A new password by a mailed link, and the second factor of the account."""

from datetime import UTC, datetime, timedelta

import pytest

from auth_service.extensions import db
from auth_service.recovery.tokens import PASSWORD_RESET, issue_token

NEW_PASSWORD = "analytical engines"


@pytest.fixture(name="reset")
def _reset(app, client):
    """Return a function that sets a new password of somebody as the mailed link does."""

    def reset(person):
        with app.app_context():
            token = issue_token(
                db.session, PASSWORD_RESET, person.id, person.email, life=timedelta(minutes=5), now=datetime.now(UTC)
            )
            db.session.commit()
        body = {"token": token, "password": NEW_PASSWORD}
        assert client.post("/api/v1/auth/password-reset/confirm", json=body).status_code == 200

    return reset


def test_reset_takes_no_second_factor_away(client, member, guarded, reset):
    reset(member)

    answer = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})

    assert answer.status_code == 200
    assert "access_token" not in answer.get_json()["data"]
    assert answer.get_json()["data"]["challenge"]


def test_challenge_from_before_the_reset_signs_nobody_in(client, member, guarded, challenge, reset, forget_steps):
    """Whoever got it knew the password from before."""
    reset(member)
    forget_steps(guarded)

    def answer(to):
        return client.post("/api/v1/auth/login/mfa", json={"challenge": to, "code": guarded.authenticator.code()})

    refused = answer(challenge)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "mfa_challenge_invalid")
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    assert answer(login.get_json()["data"]["challenge"]).status_code == 200
