"""A new password by a mailed link, and the second factor of the account."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from auth_service.api_keys.models import ApiKey
from auth_service.attempts.models import FailedAttempts
from auth_service.attempts.operations import forget_account
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.mails.models import Mail
from auth_service.mfa.models import RecoveryCode, TotpCredential
from auth_service.recovery.tokens import PASSWORD_RESET, issue_token
from auth_service.users.models import User

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


@pytest.fixture
def confirmed(app, member):
    """Let Ada's address be confirmed since before."""
    with app.app_context():
        db.session.execute(update(User).where(User.id == member.id).values(email_verified_at=datetime.now(UTC)))
        db.session.commit()


@pytest.fixture(name="key")
def _key(client, member):
    """An API key of Ada."""
    body = {"name": "importer", "scopes": ["books:read"]}
    return client.post("/api/v1/api-keys", json=body, headers=member.headers).get_json()["data"]


def exchange(client, key):
    headers = {"X-API-Key": key["secret"], "X-Forwarded-For": "192.0.2.1"}
    return client.get("/internal/api-key-exchange", headers=headers)


def actions(app, user_id):
    with app.app_context():
        return set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == user_id)))


def test_reset_takes_no_second_factor_away(client, member, confirmed, guarded, reset):
    reset(member)

    answer = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})

    assert answer.status_code == 200
    assert "access_token" not in answer.get_json()["data"]
    assert answer.get_json()["data"]["challenge"]


def test_challenge_from_before_the_reset_signs_nobody_in(
    client, member, confirmed, guarded, challenge, reset, forget_steps
):
    """Whoever got it knew the password from before."""
    reset(member)
    forget_steps(guarded)

    def answer(to):
        return client.post("/api/v1/auth/login/mfa", json={"challenge": to, "code": guarded.authenticator.code()})

    refused = answer(challenge)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "mfa_challenge_invalid")
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    assert answer(login.get_json()["data"]["challenge"]).status_code == 200


def test_reset_of_a_confirmed_account_keeps_the_api_keys(app, client, member, confirmed, key, reset):
    reset(member)

    assert exchange(client, key).status_code == 204
    assert actions(app, member.id).isdisjoint({"api_key_revoked", "mfa_reset"})


def test_reset_that_first_proves_the_address_takes_what_somebody_else_may_have_left(
    app, client, key, member, guarded, reset
):
    # The session that turned the factor on made the key: both are from before anybody proved to own the address.
    token = exchange(client, key).headers["X-Access-Token"]

    reset(member)

    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    assert "access_token" in login.get_json()["data"]
    refused = exchange(client, key)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "api_key_revoked")
    answer = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.get_json()["error"]["code"] == "token_revoked"
    assert actions(app, member.id) >= {"api_key_revoked", "mfa_reset", "email_verified", "password_reset"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(TotpCredential)) == 0
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert db.session.scalars(select(ApiKey.revoked_at)).one() is not None
        assert {"mfa_changed", "password_changed"} <= set(db.session.scalars(select(Mail.kind)))


def test_second_reset_takes_no_second_factor_away(client, member, reset, enrol):
    reset(member)
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    access_token = login.get_json()["data"]["access_token"]
    enrol(dataclasses.replace(member, password=NEW_PASSWORD, access_token=access_token))

    reset(member)

    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    assert login.get_json()["data"]["challenge"]


def test_reset_leaves_the_wait_of_who_guesses_codes(app, client, member, confirmed, guarded, challenge_of, reset):
    def guess(challenge):
        body = {"challenge": challenge, "code": guarded.authenticator.wrong_code()}
        return client.post("/api/v1/auth/login/mfa", json=body).status_code

    challenge = challenge_of(guarded)
    assert [guess(challenge) for _ in range(5)] == [401] * 5
    client.post("/api/v1/auth/login", json={"email": member.email, "password": "not it at all"})

    reset(member)

    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": NEW_PASSWORD})
    assert guess(login.get_json()["data"]["challenge"]) == 429
    with app.app_context():
        of_member = FailedAttempts.user_id == member.id
        kinds = set(db.session.scalars(select(FailedAttempts.kind).where(of_member, FailedAttempts.failures > 0)))
        assert kinds == {"second_factor"}
        forget_account(db.session, member.id)
        assert db.session.scalar(select(func.count()).select_from(FailedAttempts).where(of_member)) == 0
        db.session.commit()
