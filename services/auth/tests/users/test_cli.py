"""`flask users create-admin`."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.mfa.models import TotpCredential
from auth_service.users.models import User


@pytest.fixture(name="run")
def _run(app, client, caplog):
    """Return a function that runs the command and gives its result; the log is kept in ``caplog``."""
    caplog.set_level("INFO")

    def run(*arguments, **options):
        return app.test_cli_runner().invoke(args=["users", "create-admin", *arguments], **options)

    return run


@pytest.fixture
def terminal(monkeypatch):
    """Make the command believe that somebody sits at a terminal."""
    monkeypatch.setattr("auth_service.users.cli._at_a_terminal", lambda: True)


def events(caplog):
    return [record.msg for record in caplog.records if isinstance(record.msg, dict) and "admin" in record.msg["event"]]


def login(client, password, email="root@example.org"):
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def test_admin_with_a_given_password(run, client, caplog):
    result = run("Root@Example.org", "--password", "correct horse battery")

    assert result.exit_code == 0
    assert "Root@Example.org is an admin now" in result.output
    assert "correct horse" not in result.output
    response = login(client, "correct horse battery")
    assert response.get_json()["data"]["user"]["role"] == "admin"
    (event,) = events(caplog)
    assert event["event"] == "admin_created"
    assert (event["user_id"], event["email"]) == (response.get_json()["data"]["user"]["id"], "Root@Example.org")
    assert "correct horse" not in caplog.text


@pytest.mark.parametrize("arguments", [["--generate"], []])
def test_password_is_generated_and_shown_once_without_a_terminal(run, client, caplog, arguments):
    result = run("root@example.org", *arguments)

    assert result.exit_code == 0
    (password,) = re.findall(r"Password, shown this once: (\S+)", result.output)
    assert len(password) >= 20
    assert login(client, password).status_code == 200
    assert password not in caplog.text


def test_password_is_asked_for_twice_and_hidden_at_a_terminal(run, client, terminal):
    result = run("root@example.org", input="correct horse battery\ncorrect horse battery\n")

    assert result.exit_code == 0
    assert "correct horse" not in result.output
    assert login(client, "correct horse battery").status_code == 200


def test_passwords_that_differ_are_asked_for_again(run, client, terminal):
    answers = ["correct horse battery", "something else", "correct horse battery", "correct horse battery"]

    result = run("root@example.org", input="\n".join(answers) + "\n")

    assert result.exit_code == 0
    assert login(client, "correct horse battery").status_code == 200


@pytest.fixture
def confirmed(add_person, client):
    """Somebody signed in whose address is confirmed."""
    return add_person(email="Grace@Example.org", email_verified_at=datetime.now(UTC))


def test_existing_user_is_not_promoted_unasked(run, client, member, caplog):
    result = run("ADA@example.org", "--password", "another password")

    assert result.exit_code == 1
    for words in (f"registered already on {datetime.now(UTC):%Y-}", f"user {member.id}", "not confirmed", "--promote"):
        assert words in result.output
    assert "new password" in result.output
    assert client.get("/api/v1/auth/me", headers=member.headers).get_json()["data"]["role"] == "user"
    assert login(client, member.password, member.email).status_code == 200
    assert events(caplog) == []


def test_existing_user_with_a_confirmed_address_is_not_promoted_unasked(run, confirmed):
    result = run(confirmed.email)

    assert result.exit_code == 1
    assert "confirmed since" in result.output
    assert "The password stays" in result.output


def test_confirmed_user_is_promoted_and_keeps_the_password(run, client, confirmed, caplog):
    result = run("GRACE@example.org", "--promote", "--password", "another password")

    assert result.exit_code == 0
    assert "existed already and has been made an admin" in result.output
    assert "The password was left as it is." in result.output
    response = login(client, confirmed.password, confirmed.email)
    assert response.get_json()["data"]["user"]["role"] == "admin"
    assert [(event["event"], event["user_id"]) for event in events(caplog)] == [("admin_promoted", confirmed.id)]


def test_unconfirmed_user_is_promoted_with_a_new_password_alone(app, run, client, member, caplog):
    body = {"name": "importer", "scopes": ["books:read"]}
    key = client.post("/api/v1/api-keys", json=body, headers=member.headers).get_json()["data"]
    body = {"current_password": member.password}
    assert client.post("/api/v1/auth/mfa/totp", json=body, headers=member.headers).status_code == 201

    result = run(member.email, "--promote")

    assert result.exit_code == 0
    assert "left as it is" not in result.output
    (password,) = re.findall(r"Password, shown this once: (\S+)", result.output)
    assert password not in caplog.text
    assert login(client, member.password, member.email).status_code == 401
    user = login(client, password, member.email).get_json()["data"]["user"]
    assert (user["role"], user["email_verified_at"] is None) == ("admin", False)
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token}).status_code == 401
    exchanged = client.get(
        "/internal/api-key-exchange", headers={"X-API-Key": key["secret"], "X-Forwarded-For": "192.0.2.1"}
    )
    assert exchanged.status_code == 401
    with app.app_context():
        assert db.session.get(TotpCredential, member.id) is None
        recorded = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == member.id)))
    assert recorded >= {"role_changed", "password_changed", "email_verified", "mfa_reset", "api_key_revoked"}


def test_unconfirmed_user_is_promoted_with_the_password_that_is_given_or_typed(run, client, add_person, terminal):
    for number, given in enumerate((True, False)):
        person = add_person(email=f"someone{number}@example.org")
        typed = "analytical engines\n" * 2
        arguments = ["--password", "analytical engines"] if given else []

        result = run(person.email, "--promote", *arguments, input=typed)

        assert result.exit_code == 0
        assert "analytical" not in result.output
        assert login(client, "analytical engines", person.email).get_json()["data"]["user"]["role"] == "admin"


@pytest.mark.parametrize("password", ["short", "password1", "Ada@example.org", "ada"])
def test_unconfirmed_user_is_not_promoted_with_a_password_that_is_refused(run, client, member, password):
    result = run(member.email, "--promote", "--password", password)

    assert result.exit_code == 1
    assert client.get("/api/v1/auth/me", headers=member.headers).get_json()["data"]["role"] == "user"


def test_promote_with_nobody_to_promote_creates_the_admin(run, client):
    assert run("root@example.org", "--promote", "--password", "correct horse battery").exit_code == 0

    assert login(client, "correct horse battery").get_json()["data"]["user"]["role"] == "admin"


def test_promotion_of_somebody_who_is_disabled_says_so(run, client, admin, member):
    client.post(f"{member.url}/disable", headers=admin.headers)

    result = run(member.email, "--promote")

    assert "has been made an admin" in result.output
    assert "is disabled" in result.output


@pytest.mark.parametrize("whose", ["member", "confirmed"])
def test_promotion_ends_the_tokens_of_the_old_role(run, client, request, whose):
    person = request.getfixturevalue(whose)
    run(person.email, "--promote")

    assert client.get("/api/v1/auth/me", headers=person.headers).get_json()["error"]["code"] == "token_revoked"


@pytest.mark.parametrize("arguments", [[], ["--promote"]])
def test_existing_admin_is_left_alone(run, client, admin, caplog, arguments):
    result = run(admin.email, *arguments)

    assert result.exit_code == 0
    assert "is an admin already" in result.output
    assert client.get("/api/v1/auth/me", headers=admin.headers).status_code == 200
    assert events(caplog) == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["nobody"], 1, "Not an e-mail address"),
        (["root@example.org", "--password", "short"], 1, "8 to 128"),
        (["root@example.org", "--password", "password1"], 1, "common"),
        (["root@example.org", "--password", "ROOT@example.org"], 1, "e-mail address"),
        (["root@example.org", "--password", "with\x07bell character"], 1, "Control"),
        (["root@example.org", "--password", "\udcff" * 9], 1, "Control"),
        (["root@example.org", "--password", ""], 1, "8 to 128"),
        (["root@example.org", "--password", "x", "--generate"], 2, "not both"),
        ([], 2, "EMAIL"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(app, run, arguments, exit_code, words):
    result = run(*arguments)

    assert result.exit_code == exit_code
    assert words in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0
