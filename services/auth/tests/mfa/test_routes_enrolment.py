"""Setting a second factor up."""

import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.mfa.models import RecoveryCode, TotpCredential

MFA = "/api/v1/auth/mfa"
TOTP = f"{MFA}/totp"
CONFIRM = f"{TOTP}/confirm"


def state(client, person):
    response = client.get(MFA, headers=person.headers)
    assert response.status_code == 200
    return response.get_json()["data"]


def begin(client, person, password=None):
    return client.post(TOTP, json={"current_password": password or person.password}, headers=person.headers)


def code_of(response):
    return response.get_json()["error"]["code"]


def test_account_has_no_second_factor_at_first(client, member):
    assert state(client, member) == {
        "enabled": False,
        "confirmed_at": None,
        "recovery_codes_left": 0,
        "required": False,
    }


def test_secret_comes_in_every_form_that_apps_take(client, member):
    response = begin(client, member)

    assert response.status_code == 201
    assert response.headers["Location"] == MFA
    assert response.headers["Cache-Control"] == "no-store"
    data = response.get_json()["data"]
    assert len(data["secret"]) == 32
    assert data["otpauth_uri"].startswith("otpauth://totp/Colophon:Ada%40Example.org?")
    assert f"secret={data['secret']}" in data["otpauth_uri"]
    assert ElementTree.fromstring(data["qr_svg"]).tag == "{http://www.w3.org/2000/svg}svg"
    assert unquote(data["qr_data_uri"]) == f"data:image/svg+xml,{data['qr_svg']}"


def test_secret_does_not_count_before_it_is_confirmed(client, member):
    begin(client, member)

    assert state(client, member)["enabled"] is False
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    assert "access_token" in login.get_json()["data"]


def test_confirmed_code_turns_it_on_and_shows_the_recovery_codes(client, guarded):
    assert len(guarded.recovery_codes) == 10
    shown = state(client, guarded)
    assert (shown["enabled"], shown["recovery_codes_left"]) == (True, 10)
    assert shown["confirmed_at"] is not None


def test_another_secret_takes_the_place_of_one_that_was_not_confirmed(client, member, authenticator_of):
    first = authenticator_of(begin(client, member))
    second = authenticator_of(begin(client, member))

    wrong = client.post(CONFIRM, json={"code": first.code()}, headers=member.headers)
    right = client.post(CONFIRM, json={"code": second.code()}, headers=member.headers)

    assert (wrong.status_code, code_of(wrong)) == (403, "mfa_code_wrong")
    assert right.status_code == 200


def test_code_may_be_sent_as_apps_show_it(client, member, authenticator_of):
    code = authenticator_of(begin(client, member)).code()

    assert client.post(CONFIRM, json={"code": f" {code[:3]} {code[3:]}"}, headers=member.headers).status_code == 200


def test_wrong_password_gives_no_secret(client, member):
    response = begin(client, member, "not it at all")

    assert (response.status_code, code_of(response)) == (403, "current_password_wrong")


def test_second_factor_is_not_set_up_twice(client, guarded):
    for response in (
        begin(client, guarded),
        client.post(CONFIRM, json={"code": guarded.authenticator.code()}, headers=guarded.headers),
    ):
        assert (response.status_code, code_of(response)) == (409, "mfa_already_enabled")


def test_nothing_is_confirmed_before_a_secret_was_asked_for(client, member):
    response = client.post(CONFIRM, json={"code": "123456"}, headers=member.headers)

    assert (response.status_code, code_of(response)) == (409, "mfa_not_begun")


def test_other_sessions_end_and_this_one_goes_on(client, member, enrol):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password}).get_json()
    elsewhere = {"Authorization": f"Bearer {other['data']['access_token']}"}

    enrol(member)

    assert client.get("/api/v1/auth/me", headers=elsewhere).get_json()["error"]["code"] == "token_revoked"
    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 200
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token}).status_code == 200


def test_second_factors_of_two_users_have_nothing_to_do_with_each_other(client, guarded, add_person, enrol):
    other = enrol(add_person())

    assert other.authenticator.secret != guarded.authenticator.secret
    assert not set(other.recovery_codes) & set(guarded.recovery_codes)


def test_only_what_cannot_be_used_is_stored(app, guarded):
    with app.app_context():
        credential = db.session.scalars(select(TotpCredential)).one()
        hashes = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert guarded.authenticator.secret.encode() not in credential.secret_encrypted
    assert len(set(hashes)) == 10
    assert not set(hashes) & {code.replace("-", "") for code in guarded.recovery_codes}


def test_guessing_a_code_with_a_stolen_token_has_to_wait(client, member, authenticator_of):
    authenticator = authenticator_of(begin(client, member))

    def guess(code):
        return client.post(CONFIRM, json={"code": code}, headers=member.headers).status_code

    assert [guess(authenticator.wrong_code()) for _ in range(6)] == [403] * 5 + [429]
    assert guess(authenticator.code()) == 429


@pytest.mark.parametrize(("method", "url"), [("GET", MFA), ("POST", TOTP), ("POST", CONFIRM), ("DELETE", TOTP)])
def test_second_factor_is_for_those_who_are_signed_in(client, method, url):
    response = client.open(url, method=method, json={})

    assert (response.status_code, code_of(response)) == (401, "token_missing")


def test_setting_up_is_in_the_audit_log(app, client, member, authenticator_of):
    authenticator = authenticator_of(begin(client, member))
    client.post(CONFIRM, json={"code": authenticator.wrong_code()}, headers=member.headers)
    client.post(CONFIRM, json={"code": authenticator.code()}, headers=member.headers)

    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.user_id, event.actor_id, event.details) for event in events[-2:]] == [
        ("mfa_failed", member.id, member.id, {"method": "totp"}),
        ("mfa_enabled", member.id, member.id, {}),
    ]
