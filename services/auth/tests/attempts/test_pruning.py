"""Counters that have nothing left to tell do not stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from auth_service.attempts import operations
from auth_service.attempts.models import FailedAttempts
from auth_service.extensions import db
from auth_service.worker import tasks_of
from servicekit import pruning


@pytest.fixture(name="prune")
def _prune(tries):
    """Return a function that prunes after some minutes and gives the kinds that are left."""

    def prune(minutes):
        now = tries.at(60 * minutes)
        count = db.session.scalar(select(func.count()).select_from(FailedAttempts))
        deleted = operations.prune_failed_attempts(db.session, tries.guard, now=now)
        left = sorted(db.session.scalars(select(FailedAttempts.kind)))
        assert deleted == count - len(left)
        return left

    return prune


def test_failures_go_once_they_are_forgotten(tries, prune):
    tries.until_blocked()

    assert prune(41) == ["account", "account_at_address", "address"]
    assert prune(43) == []


def test_counter_that_still_blocks_stays(tries, prune):
    now = 0.0
    for _ in range(30):
        now += tries.delay(now)

    assert len(prune(now / 60)) == 3
    assert tries.fail(now - 0.5) > 0


def test_known_address_stays_known(tries, prune):
    assert tries.succeed()
    days = 24 * 60

    assert prune(119 * days) == ["account_at_address"]
    assert prune(121 * days) == []


def test_more_than_one_batch_goes(tries, prune, monkeypatch):
    monkeypatch.setattr(pruning, "PRUNED_AT_ONCE", 3)
    for n in range(5):
        tries.fail(name=f"person{n}")

    assert prune(60) == []


def test_worker_prunes(app, tries):
    tries.began -= timedelta(days=1000)
    tries.fail()
    (prune,) = [task for task in tasks_of(app) if task.name == "prune"]

    assert prune.run() is False

    assert db.session.scalar(select(func.count()).select_from(FailedAttempts)) == 0
