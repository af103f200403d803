"""The operator's commands: `flask attempts ...`."""

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

LOGIN = "/api/v1/auth/login"
HOME = "192.0.2.1"


@pytest.fixture(name="run")
def _run(app, client):
    """Return a function that runs a command and gives exit status and output."""

    def run(*arguments):
        result = app.test_cli_runner().invoke(args=["attempts", *arguments])
        return result.exit_code, result.output

    return run


@pytest.fixture(name="fail")
def _fail(client):
    """Return a function that fails to sign in."""

    def fail(email, count=1, address=HOME):
        body = {"email": email, "password": "not it at all"}
        answers = [client.post(LOGIN, json=body, environ_overrides={"REMOTE_ADDR": address}) for _ in range(count)]
        return [answer.status_code for answer in answers]

    return fail


def test_nothing_failed(run):
    assert run("list") == (0, "Nothing has failed.\n")


def test_list_names_accounts_that_exist_and_nothing_else(run, fail, member):
    fail(member.email, 5)
    fail("nobody@example.org", 2)

    status, output = run("list")

    lines = output.splitlines()
    assert (status, len(lines)) == (0, 5)
    assert lines[0].split()[:4] in (
        ["account", f"{member.email}:", "5", "failed,"],
        ["account_at_address", f"{member.email}:", "5", "failed,"],
    )
    assert "blocked until 20" in lines[0]
    assert any(line.startswith("address ") and line.endswith(": 7 failed") for line in lines)
    assert "nobody" not in output
    assert HOME not in output


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--account", "ADA@example.org"), 2),
        (("--account", "ada"), 2),
        (("--account", "nobody@example.org"), 1),
        (("--account", "nobody@example.org", "--address", HOME), 3),
        (("--address", HOME), 1),
        (("--address", "198.51.100.7"), 0),
        (("--account", "never-tried"), 0),
    ],
)
def test_list_of_an_account_and_an_address(run, fail, member, options, count):
    fail(member.email)
    fail("nobody@example.org")

    status, output = run("list", *options)

    assert status == 0
    assert output.count(" failed") - ("Nothing" in output) == count


def test_clear_lets_an_account_sign_in_again(app, run, fail, member):
    assert fail(member.email, 6)[-1] == 429

    assert run("clear", "--account", member.email) == (0, "Cleared 2 counters.\n")

    assert fail(member.email) == [401]
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "failed_sign_ins_cleared")).one()
        assert (event.user_id, event.actor_id, event.user_agent) == (member.id, None, "command line")


def test_clear_of_an_address_leaves_accounts_alone(run, fail, member):
    for n in range(25):
        fail(f"person{n}@example.org")
    fail(member.email, 5)
    assert fail("another@example.org") == [429]

    assert run("clear", "--address", HOME) == (0, "Cleared 1 counters.\n")

    assert fail("another@example.org") == [401]
    assert fail(member.email) == [429]


@pytest.mark.parametrize(
    "arguments", [("clear",), ("clear", "--address", "here"), ("list", "--address", "192.0.2.0/24")]
)
def test_wrong_command_is_told(run, arguments):
    assert run(*arguments)[0] == 2
