"""When the last access token ends that was issued."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db
from auth_service.sessions import operations
from auth_service.sessions.queries import find_last_access_expiry

NOW = datetime.now(UTC)


@pytest.fixture(name="refresh")
def _refresh(app, member):
    """Return a function that continues the session of the member as a service with another setting does."""
    token = member.refresh_token

    def refresh(life, now):
        nonlocal token
        parts = app.extensions["wiring"]
        with app.app_context():
            token = operations.refresh(
                db.session,
                parts.mfa_requirement,
                replace(parts.issuer, life=life),
                parts.refresh_tokens,
                parts.revocation,
                token,
                origin=OPERATOR,
                now=now,
            ).refresh_token
            return find_last_access_expiry(db.session)

    return refresh


def test_nobody_has_a_token_where_nobody_ever_signed_in(app, client):
    with app.app_context():
        assert find_last_access_expiry(db.session) is None


def test_sign_in_gives_a_token_of_the_life_that_is_set(app, client, add_person):
    before = datetime.now(UTC)
    add_person()

    with app.app_context():
        last = find_last_access_expiry(db.session)
    assert before <= last - timedelta(minutes=15) <= datetime.now(UTC)


def test_token_of_a_longer_life_is_remembered_when_a_shorter_one_follows(refresh):
    long, short = timedelta(hours=2), timedelta(seconds=60)

    assert refresh(long, NOW) == NOW + long
    assert refresh(short, NOW + timedelta(minutes=1)) == NOW + long
    assert refresh(short, NOW + timedelta(hours=3)) == NOW + timedelta(hours=3) + short
