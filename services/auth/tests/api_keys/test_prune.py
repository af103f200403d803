"""Deleting what no longer has any use: `flask api-keys prune`."""

from datetime import UTC, datetime, timedelta

import pytest

LONG_AGO = datetime.now(UTC) - timedelta(days=31)
LATELY = datetime.now(UTC) - timedelta(days=29)


@pytest.fixture(name="prune")
def _prune(app, client):
    """Return a function that runs the command and gives what it says."""

    def prune():
        result = app.test_cli_runner().invoke(args=["api-keys", "prune"])
        assert result.exit_code == 0
        return result.output

    return prune


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_key_that_was_over_long_ago_goes(client, member, make_key, alter, prune, ended):
    gone, left = make_key(member), make_key(member)
    alter(gone, **{ended: LONG_AGO})
    alter(left, **{ended: LATELY})

    assert prune() == "Deleted 1 API keys.\n"

    assert client.get(gone["links"]["self"], headers=member.headers).status_code == 404
    assert client.get(left["links"]["self"], headers=member.headers).status_code == 200
    assert prune() == "Deleted 0 API keys.\n"


def test_live_key_stays_however_old(client, member, make_key, alter, prune):
    key = make_key(member)
    alter(key, created_at=LONG_AGO, last_used_at=LONG_AGO)

    assert prune() == "Deleted 0 API keys.\n"
