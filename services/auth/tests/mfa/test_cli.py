"""The operator's command for second factors."""

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db


@pytest.fixture(name="reset")
def _reset(app, client):
    """Return a function that runs the command."""
    return lambda email: app.test_cli_runner().invoke(args=["mfa", "reset", email])


def test_reset_takes_the_factor_off_and_ends_the_sessions(app, client, guarded, reset):
    result = reset(" ADA@example.org ")

    assert (result.exit_code, "has no second factor any more" in result.output) == (0, True)
    assert client.get("/api/v1/auth/me", headers=guarded.headers).status_code == 401
    assert "access_token" in client.post("/api/v1/auth/login", json=guarded.name_and_password).get_json()["data"]
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "mfa_reset")).one()
    assert (event.user_id, event.actor_id, event.user_agent) == (guarded.id, None, "command line")


def test_reset_of_an_account_without_a_factor_changes_nothing(client, member, reset):
    result = reset(member.email)

    assert (result.exit_code, "nothing was changed" in result.output) == (0, True)
    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 200


@pytest.mark.parametrize("email", ["nobody@example.org", "no address", ""])
def test_reset_of_nobody_fails(reset, email):
    result = reset(email)

    assert result.exit_code == 1
    assert "no account" in result.output
