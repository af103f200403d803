"""From a forgotten password to a new one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.recovery.models import OneTimeToken, RecoveryRequest
from auth_service.recovery.operations import prune_recovery
from auth_service.recovery.tokens import PASSWORD_RESET, hash_of_token
from auth_service.users.models import User
from auth_service.worker import tasks_of

REQUEST = "/api/v1/auth/password-reset"
CONFIRM = "/api/v1/auth/password-reset/confirm"
NEW_PASSWORD = "analytical engines"


@pytest.fixture(name="reset_token")
def _reset_token(client, answer_requests, token_of):
    """Return a function that asks for a reset of an address and gives the token that was mailed."""

    def ask(email):
        assert client.post(REQUEST, json={"email": email}).status_code == 202
        assert answer_requests() == 1
        return token_of("password_reset")

    return ask


def confirm(client, token, password=NEW_PASSWORD):
    return client.post(CONFIRM, json={"token": token, "password": password})


def log_in(client, email, password):
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def refused(response):
    return response.status_code, response.get_json()["error"]["code"]


INVALID = (422, "one_time_token_invalid")


def actions(app, user_id):
    with app.app_context():
        return list(
            db.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == user_id).order_by(AuditEvent.id))
        )


def test_reset_sets_the_password_and_ends_every_session(app, client, member, reset_token, mailed):
    other = log_in(client, member.email, member.password).get_json()["data"]
    token = reset_token("ADA@example.ORG")

    assert confirm(client, token).status_code == 200

    assert log_in(client, member.email, member.password).status_code == 401
    for access_token in (member.access_token, other["access_token"]):
        answer = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access_token}"})
        assert refused(answer) == (401, "token_revoked")
    for refresh_token in (member.refresh_token, other["refresh_token"]):
        assert client.post("/api/v1/auth/refresh", json={"refresh_token": refresh_token}).status_code == 401
    user = log_in(client, member.email, NEW_PASSWORD).get_json()["data"]["user"]
    assert user["email_verified_at"] is not None
    assert mailed()[0].kind == "password_changed"
    assert actions(app, member.id)[-4:] == ["email_verified", "password_reset", "sign_in_failed", "signed_in"]


def test_answer_and_work_are_the_same_for_every_address(app, client, member, statements, mailed, answer_requests):
    with app.app_context():
        disabled = User(email="d@example.org", email_normalized="d@example.org", password_hash="x")
        disabled.disabled_at = datetime.now(UTC)
        db.session.add(disabled)
        db.session.commit()
    answers, run = [], []
    for email in (member.email, "nobody@example.org", "d@example.org"):
        del statements[:]
        answers.append(client.post(REQUEST, json={"email": email}))
        run.append([statement.split("VALUES")[0] for statement in statements])

    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].get_data() == answers[1].get_data() == answers[2].get_data()
    assert run[0] == run[1] == run[2]
    assert mailed() == []
    assert answer_requests() == 3
    assert [mail.recipient for mail in mailed()] == [member.email]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RecoveryRequest)) == 0


def test_mail_leads_to_the_page_with_the_token_where_browsers_keep_it(client, member, reset_token, mailed):
    token = reset_token(member.email)
    mail = mailed("password_reset")[0]

    assert (mail.recipient, mail.user_id) == (member.email, member.id)
    for text in (mail.text, mail.html):
        assert f"http://localhost:8080/account/#reset={token}" in text
    assert "30 minutes" in mail.text


def test_only_the_hash_of_a_token_is_stored(app, client, member, reset_token):
    token = reset_token(member.email)

    with app.app_context():
        row = db.session.execute(select(OneTimeToken.__table__)).one()
    assert row.token_hash == hash_of_token(token)
    assert token not in str(row)


def test_reset_forgets_failed_sign_ins(client, member, reset_token):
    token = reset_token(member.email)
    for _ in range(5):
        log_in(client, member.email, "not it at all")
    assert refused(log_in(client, member.email, member.password)) == (429, "too_many_attempts")

    assert confirm(client, token).status_code == 200

    assert log_in(client, member.email, NEW_PASSWORD).status_code == 200


def test_token_works_once(client, member, reset_token):
    token = reset_token(member.email)
    assert confirm(client, token).status_code == 200

    assert refused(confirm(client, token, "another password")) == INVALID
    assert log_in(client, member.email, NEW_PASSWORD).status_code == 200


def test_only_the_newest_token_counts(client, member, reset_token):
    older, newer = reset_token(member.email), reset_token(member.email)

    assert refused(confirm(client, older)) == INVALID
    assert confirm(client, newer).status_code == 200


@pytest.mark.parametrize("token", ["unknown", "x" * 43, "x" * 128])
def test_unknown_token_is_refused(client, member, token):
    assert refused(confirm(client, token)) == INVALID


def test_expired_token_is_refused_and_pruned(app, client, member, reset_token):
    token = reset_token(member.email)
    with app.app_context():
        db.session.execute(update(OneTimeToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()

    assert refused(confirm(client, token)) == INVALID
    with app.app_context():
        assert prune_recovery(db.session, now=datetime.now(UTC)) == (1, 0)


def test_request_that_nobody_could_answer_for_a_day_is_pruned(app, client):
    client.post(REQUEST, json={"email": "nobody@example.org"})

    with app.app_context():
        now = datetime.now(UTC)
        assert prune_recovery(db.session, now=now + timedelta(hours=23)) == (0, 0)
        assert prune_recovery(db.session, now=now + timedelta(hours=25)) == (0, 1)


def test_refused_answers_do_not_differ(client, member, reset_token):
    used = reset_token(member.email)
    confirm(client, used)

    errors = [confirm(client, token).get_json()["error"] for token in (used, "unknown")]

    for error in errors:
        del error["request_id"]
    assert errors[0] == errors[1]


def test_token_of_another_kind_is_refused(app, client, member, reset_token):
    token = reset_token(member.email)

    for url in ("/api/v1/auth/verify-email", "/api/v1/auth/email-change/confirm"):
        assert refused(client.post(url, json={"token": token})) == INVALID
    assert confirm(client, token).status_code == 200


@pytest.mark.parametrize("password", ["short", "password123", "ada@example.org", "ADA", "ada lovelace", "x" * 129])
def test_password_that_is_refused_leaves_the_token_good(client, member, reset_token, password):
    token = reset_token(member.email)

    answer = confirm(client, token, password)

    assert refused(answer) == (422, "validation_failed")
    assert list(answer.get_json()["error"]["details"]) == ["password"]
    assert confirm(client, token).status_code == 200


def test_token_of_a_disabled_account_is_refused(app, client, member, reset_token):
    token = reset_token(member.email)
    with app.app_context():
        db.session.execute(update(User).where(User.id == member.id).values(disabled_at=datetime.now(UTC)))
        db.session.commit()

    assert refused(confirm(client, token)) == INVALID


def test_token_that_went_to_a_former_address_is_refused(client, member, admin, reset_token):
    token = reset_token(member.email)
    client.patch(member.url, json={"email": "countess@example.org"}, headers=admin.headers)

    assert refused(confirm(client, token)) == INVALID


def test_changed_password_voids_the_token(client, member, reset_token):
    token = reset_token(member.email)
    body = {"password": NEW_PASSWORD, "current_password": member.password}
    assert client.patch("/api/v1/users/profile", json=body, headers=member.headers).status_code == 200

    assert refused(confirm(client, token, "another password")) == INVALID


def test_access_token_that_is_no_longer_good_does_not_matter(client, member, reset_token):
    token = reset_token(member.email)
    headers = {"Authorization": "Bearer nonsense"}

    answer = client.post(CONFIRM, json={"token": token, "password": NEW_PASSWORD}, headers=headers)

    assert answer.status_code == 200


def test_admin_has_the_mail_sent(app, client, admin, member, token_of):
    url = f"{member.url}/password-reset"
    assert client.post(url, headers=member.headers).status_code == 403
    assert client.post("/api/v1/users/999999/password-reset", headers=admin.headers).status_code == 404

    assert client.post(url, headers=admin.headers).status_code == 202

    assert confirm(client, token_of(PASSWORD_RESET)).status_code == 200
    assert "password_reset_requested" in actions(app, member.id)


def test_admin_sends_no_link_to_somebody_disabled(app, client, admin, member, mailed):
    with app.app_context():
        db.session.execute(update(User).where(User.id == member.id).values(disabled_at=datetime.now(UTC)))
        db.session.commit()

    assert refused(client.post(f"{member.url}/password-reset", headers=admin.headers)) == (409, "user_disabled")
    assert mailed() == []


@pytest.mark.parametrize("url", [REQUEST, "/api/v1/auth/verify-email/resend"])
def test_fourth_request_for_one_address_in_an_hour_has_to_wait_known_or_not(client, member, url):
    for spellings in (
        [member.email, member.email.upper(), f" {member.email} ", member.email.lower()],
        ["nobody@example.org", "NOBODY@example.org", "nobody@EXAMPLE.org", "nobody@example.org"],
    ):
        assert [client.post(url, json={"email": email}).status_code for email in spellings] == [202] * 3 + [429]
    assert client.post(url, json={"email": "else@example.org"}).status_code == 202


def test_network_address_has_a_share_of_its_own(client):
    answers = [client.post(REQUEST, json={"email": f"person{n}@example.org"}).status_code for n in range(31)]

    assert answers == [202] * 30 + [429]


def test_task_of_the_worker_answers_requests(app, client, member, mailed):
    client.post(REQUEST, json={"email": member.email})
    (task,) = [task for task in tasks_of(app) if task.name == "recovery"]

    assert task.run() is False
    with app.app_context():
        db.session.execute(update(RecoveryRequest).values(due_at=datetime.now(UTC)))
        db.session.commit()
    assert (task.run(), task.run()) == (True, False)
    assert [mail.kind for mail in mailed()] == ["password_reset"]


def test_mail_can_be_read_by_the_operator_without_a_mail_server(app, client, member, reset_token, mailed):
    token = reset_token(member.email)
    runner = app.test_cli_runner()

    assert "password_reset" in runner.invoke(args=["mails", "list"]).output
    assert token in runner.invoke(args=["mails", "show", str(mailed()[0].id)]).output
