"""Deleting what no longer has any use: `flask sessions prune`."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from auth_service.extensions import db
from auth_service.sessions.models import RefreshToken, UserSession
from servicekit import pruning


@pytest.fixture(name="prune")
def _prune(app, client):
    """Return a function that runs the command and gives what it says and the sessions and tokens that are left."""

    def prune():
        result = app.test_cli_runner().invoke(args=["sessions", "prune"])
        assert result.exit_code == 0
        with app.app_context():
            left = [db.session.scalar(select(func.count()).select_from(model)) for model in (UserSession, RefreshToken)]
        return result.output, *left

    return prune


@pytest.fixture(name="change")
def _change(app):
    """Return a function that sets columns of every row of a table."""

    def change(model, **values):
        with app.app_context():
            db.session.execute(update(model).values(**values))
            db.session.commit()

    return change


def test_live_sessions_stay(client, member, prune):
    client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})

    assert prune() == ("Deleted 0 sessions and 0 refresh tokens.\n", 1, 2)


def test_session_that_is_over_goes_with_its_tokens(client, member, prune, change):
    change(UserSession, expires_at=datetime.now(UTC) - timedelta(hours=1))

    assert prune() == ("Deleted 1 sessions and 0 refresh tokens.\n", 0, 0)
    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 200


@pytest.mark.parametrize(("minutes", "left"), [(10, 1), (17, 0)])
def test_ended_session_stays_as_long_as_a_token_of_it_may_live(client, member, prune, change, minutes, left):
    change(UserSession, revoked_at=datetime.now(UTC) - timedelta(minutes=minutes))

    assert prune()[1] == left


def test_expired_token_of_a_live_session_goes(client, member, prune, change):
    change(RefreshToken, expires_at=datetime.now(UTC) - timedelta(hours=1), used_at=datetime.now(UTC))

    assert prune() == ("Deleted 0 sessions and 1 refresh tokens.\n", 1, 0)
    response = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})
    assert response.get_json()["error"]["code"] == "refresh_token_invalid"


def test_more_rows_than_one_batch_all_go(client, add_person, prune, change, monkeypatch):
    monkeypatch.setattr(pruning, "PRUNED_AT_ONCE", 2)
    for _ in range(5):
        add_person()
    change(UserSession, expires_at=datetime.now(UTC) - timedelta(hours=1))

    assert prune() == ("Deleted 5 sessions and 0 refresh tokens.\n", 0, 0)
