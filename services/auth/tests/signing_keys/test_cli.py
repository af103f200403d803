"""`flask signing-keys ...`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.sessions.models import UserSession
from auth_service.sessions.signing import SERVICE_TOKEN_LIFE
from auth_service.signing_keys import cli
from auth_service.signing_keys.rotation import LIFE_OF_OTHER_TOKENS, MARGIN
from servicekit.key_ring import read_ring

# The leeway of a verification, and the margin.
SLACK = timedelta(seconds=30) + MARGIN
LIFE = timedelta(minutes=15)
SECRET = "s" * 48


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A folder with a ring of one key."""
    write(tmp_path, {"kid": "first", "secret": SECRET, "state": "active", "active_from": "2020-01-01T00:00:00Z"})
    return tmp_path


@pytest.fixture(name="run")
def _run(app, client, folder):
    """Return a function that runs a command on the ring in ``folder``."""

    def run(command, *arguments):
        return app.test_cli_runner().invoke(args=["signing-keys", command, "--folder", str(folder), *arguments])

    return run


@pytest.fixture(name="slept")
def _slept(monkeypatch):
    """How long the command slept, which it does not."""
    slept = []
    monkeypatch.setattr(cli.time, "sleep", slept.append)
    return slept


def write(folder, *keys):
    (folder / "ring.json").write_text(json.dumps({"keys": keys}))


def ring_in(folder):
    return read_ring(folder / "ring.json")


@pytest.fixture(name="recorded")
def _recorded(app, client):
    """Return a function that gives the rotations that the audit log tells."""

    def recorded():
        query = select(AuditEvent.details, AuditEvent.user_agent).where(AuditEvent.action == "signing_key_rotated")
        with app.app_context():
            return db.session.execute(query).all()

    return recorded


def test_list_shows_what_each_key_is_now_and_no_secret(run, folder):
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    write(
        folder,
        {"kid": "over", "secret": "1" * 48, "state": "active", "retire_at": "2021-01-01T00:00:00Z"},
        {"kid": "older", "secret": "2" * 48, "state": "active", "retire_at": "2999-01-01T00:00:00Z"},
        {"kid": "signs", "secret": "3" * 48, "state": "active", "active_from": "2020-01-01T01:00:00+01:00"},
        {"kid": "soon", "secret": "4" * 48, "state": "active", "active_from": soon},
        {"kid": "waits", "secret": "5" * 48, "state": "next", "active_from": soon},
    )

    result = run("list")

    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert rows == [
        ["kid", "state", "accepted", "active_from", "retire_at"],
        ["over", "retired", "no", "-", "2021-01-01T00:00:00.000Z"],
        ["older", "retired", "yes", "-", "2999-01-01T00:00:00.000Z"],
        ["signs", "active", "yes", "2020-01-01T00:00:00.000Z", "-"],
        ["soon", "next", "yes", soon.replace("+00:00", ".000Z"), "-"],
        ["waits", "next", "yes", "-", "-"],
    ]
    assert not re.search(r"(\d)\1{40}", result.output)


def test_list_without_a_folder_is_of_the_ring_that_the_service_reads(app, client):
    result = app.test_cli_runner().invoke(args=["signing-keys", "list"])

    assert result.exit_code == 0
    assert "test-1" in result.output


def test_rotate_tells_the_new_key_and_from_when_it_signs(run, folder, slept, recorded):
    result = run("rotate")

    old, new = ring_in(folder).values()
    assert result.exit_code == 0
    assert slept == []
    when = new.active_from.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert f"Key {new.kid} is published and signs from {when} on." in result.output
    assert SECRET not in result.output
    assert new.secret.decode() not in result.output
    assert old.retire_at == new.active_from + LIFE + SLACK
    ((details, user_agent),) = recorded()
    assert details == {"kid": new.kid, "signs_from": when, "emergency": False}
    assert user_agent == "command line"


def test_old_key_outlives_tokens_that_were_issued_under_a_longer_life(run, folder, member, app, client):
    now = datetime.now(UTC)
    # As if the setting had been an hour when the member signed in.
    with app.app_context():
        longer = update(UserSession).where(UserSession.user_id == member.id)
        db.session.execute(longer.values(access_expires_at=now + timedelta(hours=1)))
        db.session.commit()
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})
    assert refreshed.status_code == 200

    assert run("rotate").exit_code == 0

    old, _ = ring_in(folder).values()
    assert abs(old.retire_at - (now + timedelta(hours=1) + SLACK)) < timedelta(milliseconds=1)


def test_old_key_outlives_tokens_of_services_that_still_run_with_a_longer_life(run, folder):
    assert run("rotate", "--token-life", "30", "--token-life", "3600").exit_code == 0

    old, new = ring_in(folder).values()
    assert old.retire_at == new.active_from + timedelta(hours=1) + SLACK


def test_without_the_database_the_longest_life_is_assumed_and_the_key_is_rotated(run, folder, monkeypatch):
    def away(*_arguments, **_options):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(cli, "find_last_access_expiry", away)
    monkeypatch.setattr(cli.operations, "record_rotation", away)

    result = run("rotate")

    old, new = ring_in(folder).values()
    assert result.exit_code == 0
    assert "the longest life is assumed" in result.output
    assert "the audit log does not tell it" in result.output
    assert old.retire_at == new.active_from + timedelta(days=1) + SLACK


def test_no_token_outside_of_sessions_lives_longer_than_the_rules_think(app):
    assert SERVICE_TOKEN_LIFE <= LIFE_OF_OTHER_TOKENS


def test_key_may_be_published_longer_ahead(run, folder):
    assert run("rotate", "--ahead", "600").exit_code == 0

    _, new = ring_in(folder).values()
    assert timedelta(seconds=590) < new.active_from - datetime.now(UTC) <= timedelta(seconds=600)


def test_emergency_waits_until_no_other_key_is_accepted(run, folder, slept, recorded):
    result = run("rotate", "--emergency")

    old, new = ring_in(folder).values()
    assert result.exit_code == 0
    assert old.retire_at == new.active_from
    assert len(slept) == 1
    assert 0 < slept[0] <= 2
    assert f"Key {new.kid} signs now, and no other is accepted" in result.output
    ((details, _),) = recorded()
    assert details["emergency"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--emergency", "--ahead", "60"], "--emergency does not wait"),
        (["--ahead", "4"], "4 is not in the range 5<=x<=86400"),
        (["--token-life", "0"], "0 is not in the range"),
    ],
)
def test_wrong_use_changes_nothing(run, folder, arguments, message):
    before = (folder / "ring.json").read_text()

    result = run("rotate", *arguments)

    assert result.exit_code == 2
    assert message in result.output
    assert (folder / "ring.json").read_text() == before


@pytest.mark.parametrize("command", [["list"], ["rotate"], ["rotate", "--emergency"]])
def test_broken_ring_is_told_with_every_problem_and_left_alone(run, folder, command, recorded):
    write(
        folder, {"kid": "a b", "secret": "tooshort", "state": "active"}, {"kid": "x", "secret": SECRET, "state": "on"}
    )
    before = (folder / "ring.json").read_text()

    result = run(*command)

    assert result.exit_code == 1
    for problem in (
        "key 0: its kid must be",
        "key 0: its secret is shorter",
        "key 1 (x): its state",
        "no key is active",
    ):
        assert problem in result.output
    assert "Nothing was changed." in result.output
    assert "tooshort" not in result.output
    assert (folder / "ring.json").read_text() == before
    assert recorded() == []


def test_folder_that_cannot_be_used_is_named(app, client, tmp_path):
    missing = tmp_path / "missing"

    result = app.test_cli_runner().invoke(args=["signing-keys", "rotate", "--folder", str(missing)])

    assert result.exit_code == 1
    assert f"{missing}: No such file or directory. Nothing was changed." in result.output


def test_disk_that_is_too_slow_is_told(run, folder, monkeypatch):
    monkeypatch.setattr(cli.operations.rotation, "SHORTEST_AHEAD", timedelta())
    monkeypatch.setattr(cli, "SHORTEST_AHEAD", timedelta())
    before = (folder / "ring.json").read_text()

    result = run("rotate")

    assert result.exit_code == 1
    assert "The disk was too slow to publish the key in time. Nothing was changed." in result.output
    assert (folder / "ring.json").read_text() == before
