"""`flask audit prune`."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from servicekit import pruning

NOW = datetime.now(UTC)


@pytest.fixture(name="owner_app")
def _owner_app(app, build_app, service_environment, truncated, empty_redis):
    """The application as the owner of the tables."""
    owner = build_app(service_environment("auth", "owner"))
    yield owner
    with owner.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(name="events")
def _events(owner_app):
    """Return a function that stores an event of each age in days and one that gives the ages left."""

    def store(*ages):
        with owner_app.app_context():
            rows = [{"action": "signed_in", "occurred_at": NOW - timedelta(days=age)} for age in ages]
            db.session.execute(AuditEvent.__table__.insert(), rows)
            db.session.commit()

    def left():
        with owner_app.app_context():
            query = select(AuditEvent.occurred_at).where(AuditEvent.action == "signed_in")
            return sorted((NOW - moment).days for moment in db.session.scalars(query))

    return store, left


def prune(app, *arguments):
    return app.test_cli_runner().invoke(args=["audit", "prune", *arguments])


def pruning_events(app):
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.action == "audit_pruned").order_by(AuditEvent.id)
        return [(event.user_id, event.actor_id, event.user_agent, event.details) for event in db.session.scalars(query)]


def test_old_events_are_deleted_in_batches_and_counted(owner_app, events, monkeypatch):
    monkeypatch.setattr(pruning, "PRUNED_AT_ONCE", 3)
    store, left = events
    store(1, 364, *range(366, 376))

    result = prune(owner_app, "--older-than", "365")

    assert result.exit_code == 0, result.output
    assert "Deleted 10 events from before" in result.output
    assert left() == [1, 364]


def test_pruning_is_itself_recorded_once_and_only_when_something_went(owner_app, events, monkeypatch):
    monkeypatch.setattr(pruning, "PRUNED_AT_ONCE", 2)
    store, _ = events
    store(1, *range(400, 405))

    assert prune(owner_app, "--older-than", "365").exit_code == 0
    assert "Deleted 0 events" in prune(owner_app, "--older-than", "365").output

    ((user_id, actor_id, user_agent, details),) = pruning_events(owner_app)
    assert (user_id, actor_id, user_agent, list(details)) == (None, None, "command line", ["before"])
    assert abs(datetime.fromisoformat(details["before"]) - (NOW - timedelta(days=365))) < timedelta(minutes=5)


def test_last_month_is_kept_unless_it_is_forced(owner_app, events):
    store, left = events
    store(1, 10, 40)

    refused = prune(owner_app, "--older-than", "5")

    assert (refused.exit_code, left()) == (2, [1, 10, 40])
    assert "--force" in refused.output
    assert prune(owner_app, "--older-than", "30").exit_code == 0
    assert left() == [1, 10]
    assert prune(owner_app, "--older-than", "5", "--force").exit_code == 0
    assert left() == [1]


def test_role_of_the_service_may_not_prune_and_says_who_may(app, events):
    store, left = events
    store(400)

    result = prune(app, "--older-than", "365")

    assert result.exit_code == 1
    assert "make audit-prune" in result.output
    assert "Traceback" not in result.output
    assert left() == [400]


@pytest.mark.parametrize("days", [None, "0", "-1", "soon", "36501", "1.5"])
def test_age_that_is_none_is_refused(app, client, days):
    result = prune(app, *([] if days is None else ["--older-than", days]))

    assert result.exit_code == 2
