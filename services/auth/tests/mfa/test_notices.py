"""The mails that tell users what happened to their second factor."""

import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.mails.models import Mail

TOTP = "/api/v1/auth/mfa/totp"


@pytest.fixture(name="last_mail")
def _last_mail(app):
    """Return a function that gives the latest mail that was queued."""

    def last_mail():
        with app.app_context():
            return db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()

    return last_mail


def test_enabling_is_told(guarded, last_mail):
    mail = last_mail()

    assert (mail.kind, mail.user_id, mail.recipient) == ("mfa_changed", guarded.id, guarded.email)
    assert "turned on" in mail.text
    assert "http://localhost:8080/account/\n" in mail.text


def test_disabling_is_told(client, guarded, last_mail):
    body = {"current_password": guarded.password, "recovery_code": guarded.recovery_codes[0]}
    client.delete(TOTP, json=body, headers=guarded.headers)

    assert "turned off" in last_mail().text


def test_reset_is_told_to_the_user(client, guarded, admin, last_mail):
    client.delete(f"/api/v1/users/{guarded.id}/mfa", headers=admin.headers)

    mail = last_mail()
    assert (mail.user_id, "by an administrator" in mail.text) == (guarded.id, True)


def test_new_recovery_codes_are_told_and_not_shown(client, guarded, last_mail):
    body = {"code": guarded.authenticator.code()}
    new = client.post("/api/v1/auth/mfa/recovery-codes", json=body, headers=guarded.headers).get_json()["data"]

    mail = last_mail()
    assert "recovery codes" in mail.text
    assert not any(code in mail.text + mail.html for code in new["recovery_codes"])


def test_what_fails_is_not_told(app, client, member):
    client.post(TOTP, json={"current_password": member.password}, headers=member.headers)
    client.post(f"{TOTP}/confirm", json={"code": "000000"}, headers=member.headers)

    with app.app_context():
        assert db.session.scalars(select(Mail.id)).all() == []
