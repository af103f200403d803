"""`flask users create-admin`."""

import re

import pytest
from sqlalchemy import func, select

from auth_service.extensions import db
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


def test_existing_user_is_promoted_and_keeps_the_password(run, client, member, caplog):
    result = run("ADA@example.org", "--password", "another password")

    assert result.exit_code == 0
    assert "existed already and has been made an admin" in result.output
    assert "The password was left as it is." in result.output
    response = login(client, member.password, member.email)
    assert response.get_json()["data"]["user"]["role"] == "admin"
    assert [(event["event"], event["user_id"]) for event in events(caplog)] == [("admin_promoted", member.id)]


def test_promotion_of_somebody_who_is_disabled_says_so(run, client, admin, member):
    client.post(f"{member.url}/disable", headers=admin.headers)

    result = run(member.email)

    assert "has been made an admin" in result.output
    assert "is disabled" in result.output


def test_promotion_ends_the_sessions_of_the_old_role(run, client, member):
    run(member.email)

    assert client.get("/api/v1/auth/me", headers=member.headers).get_json()["error"]["code"] == "token_revoked"


def test_existing_admin_is_left_alone(run, client, admin, caplog):
    result = run(admin.email)

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
