"""Showing that an e-mail address is one's own."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from auth_service.extensions import db
from auth_service.users.models import User

VERIFY = "/api/v1/auth/verify-email"
RESEND = "/api/v1/auth/verify-email/resend"
ACCOUNT = {"email": "Grace@example.org", "password": "correct horse battery"}


def register(client):
    answer = client.post("/api/v1/auth/register", json=ACCOUNT)
    assert answer.status_code == 201
    return answer.get_json()["data"]


def log_in(client):
    return client.post("/api/v1/auth/login", json=ACCOUNT)


def refused(response):
    return response.status_code, response.get_json()["error"]["code"]


INVALID = (422, "one_time_token_invalid")


def test_registration_asks_to_confirm_the_address(client, mailed, token_of):
    assert register(client)["email_verified_at"] is None
    (mail,) = mailed()
    assert (mail.kind, mail.recipient) == ("verify_email", ACCOUNT["email"])

    data = client.post(VERIFY, json={"token": token_of("verify_email")}).get_json()["data"]

    assert data["email"] == ACCOUNT["email"]
    assert log_in(client).get_json()["data"]["user"]["email_verified_at"] == data["email_verified_at"]


def test_token_works_once(client, token_of):
    register(client)
    token = token_of("verify_email")

    assert client.post(VERIFY, json={"token": token}).status_code == 200
    assert refused(client.post(VERIFY, json={"token": token})) == INVALID


def test_registration_that_fails_queues_no_mail(client, mailed):
    register(client)
    assert client.post("/api/v1/auth/register", json=ACCOUNT).status_code == 409

    assert len(mailed()) == 1


def test_user_made_by_an_admin_is_asked_too(client, admin, mailed):
    client.post("/api/v1/users", json=ACCOUNT, headers=admin.headers)

    assert [mail.kind for mail in mailed()] == ["verify_email"]


def test_nobody_is_asked_where_it_is_off(client, configure, mailed, answer_requests):
    configure(verification="off")
    register(client)
    assert client.post(RESEND, json={"email": ACCOUNT["email"]}).status_code == 202
    assert answer_requests() == 1

    assert mailed() == []


def test_unconfirmed_account_signs_in_where_it_is_optional(client):
    register(client)

    assert log_in(client).status_code == 200


def test_unconfirmed_account_does_not_sign_in_where_it_is_required(client, configure, token_of):
    configure(verification="required")
    register(client)

    assert refused(log_in(client)) == (403, "email_not_verified")
    wrong = client.post("/api/v1/auth/login", json={**ACCOUNT, "password": "not it at all"})
    assert refused(wrong) == (401, "invalid_credentials")

    client.post(VERIFY, json={"token": token_of("verify_email")})
    assert log_in(client).status_code == 200


def test_reset_confirms_the_address_too(client, configure, answer_requests, token_of):
    configure(verification="required")
    register(client)
    client.post("/api/v1/auth/password-reset", json={"email": ACCOUNT["email"]})
    answer_requests()
    body = {"token": token_of("password_reset"), "password": ACCOUNT["password"]}
    assert client.post("/api/v1/auth/password-reset/confirm", json=body).status_code == 200

    assert log_in(client).status_code == 200


def test_admin_made_by_the_operator_signs_in_where_it_is_required(app, client, configure):
    configure(verification="required")
    made = app.test_cli_runner().invoke(
        args=["users", "create-admin", ACCOUNT["email"], "--password", ACCOUNT["password"]]
    )
    assert made.exit_code == 0, made.output

    assert log_in(client).status_code == 200


def test_mail_is_sent_again_for_an_unconfirmed_account_alone(client, member, answer_requests, mailed, token_of):
    register(client)
    first = token_of("verify_email")
    client.post(VERIFY, json={"token": first})
    answers = [
        client.post(RESEND, json={"email": email}) for email in (ACCOUNT["email"], "nobody@example.org", member.email)
    ]

    assert len({(answer.status_code, answer.get_data()) for answer in answers}) == 1
    assert answers[0].status_code == 202
    assert answer_requests() == 3
    assert [mail.recipient for mail in mailed("verify_email")] == [member.email, ACCOUNT["email"]]


def test_mail_sent_again_voids_the_first(client, answer_requests, token_of):
    register(client)
    first = token_of("verify_email")
    client.post(RESEND, json={"email": ACCOUNT["email"]})
    answer_requests()

    assert refused(client.post(VERIFY, json={"token": first})) == INVALID
    assert client.post(VERIFY, json={"token": token_of("verify_email")}).status_code == 200


@pytest.mark.parametrize("change", [{"email": "else@example.org"}, {"disabled_at": datetime.now(UTC)}])
def test_token_does_not_count_for_what_the_account_has_become(app, client, token_of, change):
    user = register(client)
    if "email" in change:
        change["email_normalized"] = change["email"]
    with app.app_context():
        db.session.execute(update(User).where(User.id == user["id"]).values(**change))
        db.session.commit()

    assert refused(client.post(VERIFY, json={"token": token_of("verify_email")})) == INVALID
