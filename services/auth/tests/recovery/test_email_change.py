"""Changing one's e-mail address, confirmed at both."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.recovery.models import OneTimeToken

PROFILE = "/api/v1/users/profile"
CONFIRM = "/api/v1/auth/email-change/confirm"
CANCEL = "/api/v1/users/profile/email-change"
NEW = "countess@example.org"
KINDS = {"new": "email_change_confirm_new", "old": "email_change_confirm_old"}


@pytest.fixture(autouse=True)
def _with_a_mail_server(configure):
    configure(email_changes_are_confirmed=True)


def ask(client, member, email=NEW, **more):
    body = {"email": email, "current_password": member.password, **more}
    return client.patch(PROFILE, json=body, headers=member.headers)


def confirm(client, token):
    return client.post(CONFIRM, json={"token": token})


def profile(client, member):
    return client.get(PROFILE, headers=member.headers).get_json()["data"]


def refused(response):
    return response.status_code, response.get_json()["error"]["code"]


INVALID = (422, "one_time_token_invalid")


@pytest.mark.parametrize("first", ["new", "old"])
def test_address_changes_when_both_have_confirmed(app, client, member, mailed, token_of, first):
    asked = ask(client, member, name="Countess").get_json()["data"]
    assert (asked["email"], asked["pending_email"], asked["name"]) == (member.email, NEW, "Countess")
    assert {mail.kind: mail.recipient for mail in mailed()} == {KINDS["new"]: NEW, KINDS["old"]: member.email}
    second = {"new": "old", "old": "new"}[first]

    data = confirm(client, token_of(KINDS[first])).get_json()["data"]
    assert data == {"email_changed": False, "missing": second}
    assert profile(client, member)["email"] == member.email
    data = confirm(client, token_of(KINDS[second])).get_json()["data"]
    assert data == {"email_changed": True, "missing": None}

    changed = profile(client, member)
    assert (changed["email"], changed["pending_email"]) == (NEW, None)
    assert changed["email_verified_at"] is not None
    assert (mailed()[0].kind, mailed()[0].recipient) == ("email_changed", member.email)
    login = {"email": NEW, "password": member.password}
    assert client.post("/api/v1/auth/login", json=login).status_code == 200
    with app.app_context():
        found = db.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == member.id))
        assert {"email_change_requested", "email_change_confirmed", "email_changed"} <= set(found)


def test_change_needs_the_current_password(client, member, mailed):
    assert client.patch(PROFILE, json={"email": NEW}, headers=member.headers).status_code == 422
    body = {"email": NEW, "current_password": "not it at all"}
    assert client.patch(PROFILE, json=body, headers=member.headers).status_code == 403

    assert mailed() == []


def test_each_token_works_once_and_none_afterwards(client, member, token_of):
    ask(client, member)
    new, old = token_of(KINDS["new"]), token_of(KINDS["old"])
    confirm(client, new)
    assert refused(confirm(client, new)) == INVALID
    confirm(client, old)

    assert [refused(confirm(client, token)) for token in (new, old)] == [INVALID] * 2


def test_newer_change_voids_the_older(client, member, token_of):
    ask(client, member)
    older = token_of(KINDS["new"])
    confirm(client, token_of(KINDS["old"]))
    ask(client, member, "baroness@example.org")

    assert refused(confirm(client, older)) == INVALID
    assert confirm(client, token_of(KINDS["new"])).get_json()["data"]["missing"] == "old"
    assert profile(client, member)["pending_email"] == "baroness@example.org"


def test_change_that_expires_is_over(app, client, member, token_of):
    ask(client, member)
    with app.app_context():
        db.session.execute(update(OneTimeToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()

    assert profile(client, member)["pending_email"] is None
    assert refused(confirm(client, token_of(KINDS["new"]))) == INVALID


def test_cancelled_change_is_over(client, member, token_of):
    ask(client, member)
    assert client.delete(CANCEL, headers=member.headers).status_code == 204

    assert profile(client, member)["pending_email"] is None
    assert refused(confirm(client, token_of(KINDS["new"]))) == INVALID
    assert refused(client.delete(CANCEL, headers=member.headers)) == (404, "email_change_not_found")


def test_new_password_calls_the_change_off(client, member, token_of):
    ask(client, member)
    body = {"password": "analytical engines", "current_password": member.password}
    assert client.patch(PROFILE, json=body, headers=member.headers).status_code == 200

    assert refused(confirm(client, token_of(KINDS["new"]))) == INVALID


def test_reset_calls_the_change_off(client, member, token_of, answer_requests):
    ask(client, member)
    client.post("/api/v1/auth/password-reset", json={"email": member.email})
    answer_requests()
    body = {"token": token_of("password_reset"), "password": "analytical engines"}
    assert client.post("/api/v1/auth/password-reset/confirm", json=body).status_code == 200

    assert refused(confirm(client, token_of(KINDS["old"]))) == INVALID


def test_address_of_another_account_is_refused_at_once(client, member, admin, mailed):
    assert refused(ask(client, member, admin.email.upper())) == (409, "email_already_taken")
    assert mailed() == []


def test_address_that_was_taken_meanwhile_is_refused_in_the_end(client, member, add_person, token_of):
    ask(client, member)
    add_person(email=NEW.upper())
    confirm(client, token_of(KINDS["new"]))

    assert refused(confirm(client, token_of(KINDS["old"]))) == (409, "email_already_taken")
    assert profile(client, member)["email"] == member.email


def test_other_spelling_of_the_same_address_needs_nobody(client, member, mailed):
    changed = ask(client, member, member.email.upper()).get_json()["data"]

    assert (changed["email"], changed["pending_email"]) == (member.email.upper(), None)
    assert mailed() == []


def test_profile_that_was_read_can_be_sent_back_while_a_change_waits(client, member):
    ask(client, member)

    answer = client.put(PROFILE, json={**profile(client, member), "name": "Countess"}, headers=member.headers)

    assert answer.status_code == 200
    assert answer.get_json()["data"]["pending_email"] == NEW


def test_admin_changes_the_address_of_another_at_once(client, member, admin, mailed, token_of):
    ask(client, member)
    answer = client.patch(member.url, json={"email": "other@example.org"}, headers=admin.headers)

    assert answer.get_json()["data"]["email"] == "other@example.org"
    assert [(mail.kind, mail.recipient) for mail in mailed()[:2]] == [
        ("verify_email", "other@example.org"),
        ("email_changed", member.email),
    ]
    assert refused(confirm(client, token_of(KINDS["new"]))) == INVALID


def test_change_acts_at_once_where_no_mail_is_sent(client, member, configure, mailed):
    configure(email_changes_are_confirmed=False)

    changed = ask(client, member).get_json()["data"]

    assert (changed["email"], changed["pending_email"], changed["email_verified_at"]) == (NEW, None, None)
    assert {mail.kind for mail in mailed()} == {"email_changed", "verify_email"}


def test_sixth_change_in_an_hour_has_to_wait(client, member):
    answers = [ask(client, member, f"countess{number}@example.org").status_code for number in range(6)]

    assert answers == [200] * 5 + [429]
    assert client.patch(PROFILE, json={"name": "A"}, headers=member.headers).status_code == 200


def test_other_changes_are_not_counted(client, member):
    for number in range(8):
        body = {"name": f"Ada {number}", "email": member.email}
        assert client.patch(PROFILE, json=body, headers=member.headers).status_code == 200
