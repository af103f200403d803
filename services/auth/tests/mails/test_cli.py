"""`flask mails ...`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from auth_service.extensions import db
from auth_service.mails.models import Mail

from .conftest import LINK


@pytest.fixture(name="run")
def _run(app, rolled_back):
    """Return a function that runs a command and gives its exit code and output."""

    def run(*arguments):
        result = app.test_cli_runner().invoke(args=["mails", *map(str, arguments)])
        return result.exit_code, result.output

    return run


@pytest.fixture(name="add")
def _add(app, rolled_back, queue):
    """Return a function that queues a mail and sets columns of it."""

    def add(recipient="ada@example.org", **values):
        with app.app_context():
            mail_id = queue(recipient)
            if values:
                db.session.execute(update(Mail).where(Mail.id == mail_id).values(**values))
                db.session.commit()
        return mail_id

    return add


def test_list_without_mails(run):
    assert run("list") == (0, "0 mails are waiting to be sent.\n")


def test_list_tells_the_state_of_each_mail_and_no_secret(run, add):
    now = datetime.now(UTC)
    add("waiting@example.org")
    add("later@example.org", last_error="450 busy", attempts=3)
    add("sent@example.org", done_at=now)
    add("failed@example.org", done_at=now, failed_at=now, last_error="550 unknown", attempts=1)

    code, output = run("list")

    assert code == 0
    lines = output.splitlines()
    assert [line.split()[3:-2] + line.split()[-1:] for line in lines if "@" in line] == [
        ["given", "up", "failed@example.org"],
        ["sent", "sent@example.org"],
        ["put", "off", "later@example.org"],
        ["waiting", "waiting@example.org"],
    ]
    assert "        attempt 3: 450 busy" in lines
    assert lines[-1] == "2 mails are waiting to be sent."
    assert LINK not in output


def test_list_may_be_shorter(run, add):
    for number in range(3):
        add(f"{number}@example.org")
    add("done@example.org", done_at=datetime.now(UTC))

    assert "2@example.org" not in run("list", "--limit", 1)[1]
    assert run("list", "--undone")[1].count("@example.org") == 3
    assert "done@" not in run("list", "--undone")[1]


def test_show_tells_what_waits_with_its_link(run, add):
    mail_id = add()

    code, output = run("show", mail_id)

    assert code == 0
    assert "To:       ada@example.org\nSubject:  Choose a new password for Colophon\nState:    waiting\n" in output
    assert LINK in output
    assert "Expires:" in output
    assert "<html" in run("show", mail_id, "--html")[1]


def test_show_of_a_mail_that_is_done_tells_how_it_ended(run, add):
    now = datetime.now(UTC)
    mail_id = add(done_at=now, failed_at=now, last_error="550 unknown", attempts=2, text="", html="")

    output = run("show", mail_id)[1]

    assert "State:    given up\n" in output
    assert "Error:    550 unknown (attempt 2)\n" in output
    assert output.count("\n\n") == 0


@pytest.mark.parametrize(("number", "code", "words"), [(1, 1, "no mail"), ("x", 2, "not a valid"), (2**63, 2, "range")])
def test_show_of_no_mail_says_so(run, number, code, words):
    assert run("show", number)[0] == code
    assert words in run("show", number)[1]


def test_prune_deletes_what_was_done_long_ago(app, run, add):
    now = datetime.now(UTC)
    add(created_at=now - timedelta(days=90))
    add(done_at=now - timedelta(days=29))
    add(done_at=now - timedelta(days=31))

    assert run("prune") == (0, "Deleted 1 mails.\n")
    assert run("prune", "--days", 0) == (0, "Deleted 1 mails.\n")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Mail)) == 1
