"""Turning a second factor off, new recovery codes, and what admins may do."""

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.mfa.models import RecoveryCode, TotpCredential

LOGIN = "/api/v1/auth/login"
MFA = "/api/v1/auth/mfa"
TOTP = f"{MFA}/totp"
CODES = f"{MFA}/recovery-codes"
ME = "/api/v1/auth/me"


def refusal(response):
    return response.status_code, response.get_json()["error"]["code"]


def proof(guarded, kind):
    return {
        "code": {"code": guarded.authenticator.code()},
        "recovery_code": {"recovery_code": guarded.recovery_codes[0]},
    }[kind]


@pytest.fixture(name="disable")
def _disable(client, guarded):
    """Return a function that asks to turn the second factor off."""

    def disable(password=None, **code):
        body = {"current_password": password or guarded.password, **code}
        return client.delete(TOTP, json=body, headers=guarded.headers)

    return disable


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_password_and_a_code_turn_it_off(app, client, guarded, disable, kind):
    assert disable(**proof(guarded, kind)).status_code == 204

    assert client.get(MFA, headers=guarded.headers).get_json()["data"]["enabled"] is False
    assert "access_token" in client.post(LOGIN, json=guarded.name_and_password).get_json()["data"]
    with app.app_context():
        assert db.session.scalars(select(TotpCredential.user_id)).all() == []
        assert db.session.scalars(select(RecoveryCode.id)).all() == []


def test_it_stays_on_without_the_password_or_with_a_wrong_code(client, guarded, disable):
    code = guarded.authenticator.code()

    assert refusal(disable("not it at all", code=code)) == (403, "current_password_wrong")
    assert refusal(disable(code=guarded.authenticator.wrong_code())) == (403, "mfa_code_wrong")
    assert refusal(disable(recovery_code="00000-00000")) == (403, "mfa_code_wrong")

    assert client.get(MFA, headers=guarded.headers).get_json()["data"]["enabled"] is True
    assert disable(code=code).status_code == 204


def test_what_is_off_cannot_be_turned_off_again(guarded, disable):
    disable(recovery_code=guarded.recovery_codes[0])

    assert refusal(disable(recovery_code=guarded.recovery_codes[1])) == (404, "mfa_not_enabled")


def test_secret_that_was_never_confirmed_is_no_second_factor(client, member):
    client.post(TOTP, json={"current_password": member.password}, headers=member.headers)

    off = client.delete(TOTP, json={"current_password": member.password, "code": "123456"}, headers=member.headers)
    codes = client.post(CODES, json={"code": "123456"}, headers=member.headers)

    assert refusal(off) == refusal(codes) == (404, "mfa_not_enabled")


def test_it_can_be_set_up_anew_with_another_secret(guarded, disable, member, enrol, challenge_of, client):
    disable(recovery_code=guarded.recovery_codes[0])

    again = enrol(member)

    assert again.authenticator.secret != guarded.authenticator.secret
    old = {"challenge": challenge_of(again), "recovery_code": guarded.recovery_codes[1]}
    assert refusal(client.post(f"{LOGIN}/mfa", json=old)) == (401, "mfa_code_invalid")


def test_new_recovery_codes_take_the_place_of_the_old_ones(client, guarded, challenge_of):
    response = client.post(CODES, json={"code": guarded.authenticator.code()}, headers=guarded.headers)

    assert response.status_code == 200
    new = response.get_json()["data"]["recovery_codes"]
    assert len(new) == 10
    assert not set(new) & set(guarded.recovery_codes)

    def sign_in(code):
        body = {"challenge": challenge_of(guarded), "recovery_code": code}
        return client.post(f"{LOGIN}/mfa", json=body).status_code

    assert [sign_in(guarded.recovery_codes[0]), sign_in(new[0])] == [401, 200]


def test_new_recovery_codes_need_a_right_code(client, guarded):
    response = client.post(CODES, json={"code": guarded.authenticator.wrong_code()}, headers=guarded.headers)

    assert refusal(response) == (403, "mfa_code_wrong")
    assert client.get(MFA, headers=guarded.headers).get_json()["data"]["recovery_codes_left"] == 10


def test_wrong_codes_have_to_wait_however_often_the_password_is_right(guarded, disable):
    guesses = [disable(recovery_code="00000-00000") for _ in range(6)]

    assert [response.status_code for response in guesses] == [403] * 5 + [429]
    assert refusal(guesses[-1]) == (429, "too_many_attempts")
    assert disable(recovery_code=guarded.recovery_codes[0]).status_code == 429


def test_wrong_codes_of_who_is_signed_in_do_not_hold_back_sign_ins(client, guarded, disable, challenge_of):
    for _ in range(6):
        disable(recovery_code="00000-00000")

    body = {"challenge": challenge_of(guarded), "recovery_code": guarded.recovery_codes[0]}
    assert client.post(f"{LOGIN}/mfa", json=body).status_code == 200


def test_admin_takes_it_off_and_ends_every_session(app, client, guarded, admin, challenge):
    url = f"/api/v1/users/{guarded.id}/mfa"

    assert client.delete(url, headers=admin.headers).status_code == 204

    assert refusal(client.get(ME, headers=guarded.headers)) == (401, "token_revoked")
    answer = {"challenge": challenge, "recovery_code": guarded.recovery_codes[0]}
    assert refusal(client.post(f"{LOGIN}/mfa", json=answer)) == (401, "mfa_challenge_invalid")
    assert "access_token" in client.post(LOGIN, json=guarded.name_and_password).get_json()["data"]
    assert refusal(client.delete(url, headers=admin.headers)) == (404, "mfa_not_enabled")
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "mfa_reset")).one()
    assert (event.user_id, event.actor_id) == (guarded.id, admin.id)


def test_refresh_token_ends_with_a_reset(client, member, enrol, admin):
    enrol(member)
    client.delete(f"/api/v1/users/{member.id}/mfa", headers=admin.headers)

    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})

    assert refusal(refreshed) == (401, "refresh_token_revoked")


def test_admin_does_not_reset_the_own_one(client, admin, enrol):
    enrol(admin)

    assert refusal(client.delete(f"/api/v1/users/{admin.id}/mfa", headers=admin.headers)) == (
        403,
        "mfa_reset_forbidden",
    )


def test_reset_is_for_admins(client, guarded, add_person):
    for role in ("user", "librarian"):
        person = add_person(role)
        response = client.delete(f"/api/v1/users/{guarded.id}/mfa", headers=person.headers)
        assert refusal(response) == (403, "insufficient_scope")


def test_reset_of_nobody_is_not_found(client, admin):
    assert refusal(client.delete("/api/v1/users/999999/mfa", headers=admin.headers)) == (404, "user_not_found")


def test_changes_are_in_the_audit_log(app, client, guarded, disable):
    client.post(CODES, json={"code": guarded.authenticator.code()}, headers=guarded.headers)
    disable(recovery_code="00000-00000")

    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-2:]
    assert [(event.action, event.details) for event in events] == [
        ("recovery_codes_renewed", {}),
        ("mfa_failed", {"method": "recovery_code"}),
    ]


def test_turning_off_by_a_recovery_code_is_in_the_audit_log(app, guarded, disable):
    disable(recovery_code=guarded.recovery_codes[0])

    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-2:]
    assert [(event.action, event.user_id, event.actor_id) for event in events] == [
        ("recovery_code_used", guarded.id, guarded.id),
        ("mfa_disabled", guarded.id, guarded.id),
    ]
