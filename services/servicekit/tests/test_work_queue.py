"""Work that waits in a table."""

from __future__ import annotations

import select
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from servicekit.database import Versioned
from servicekit.work_queue import (
    WorkItem,
    claim_due,
    finish,
    postpone,
    readable_error,
    retry_delay,
    wake,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=1)


@pytest.fixture
def job(database):
    """Return a model of work."""

    class Job(WorkItem, Versioned, database.Model):
        __tablename__ = "jobs"

        id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=False), primary_key=True)
        kind: Mapped[str] = mapped_column(sa.Text)

    return Job


@pytest.fixture
def session(make_app, database, job):
    with make_app().app_context():
        database.create_all()
        yield database.session
        database.session.remove()
        database.drop_all()


@pytest.fixture
def other_session(session, database):
    """Return a session on a connection of its own."""
    with Session(database.engine) as other:
        yield other


@pytest.fixture
def add(session, job):
    def add(kind="plain", due_at=NOW, **values):
        row = job(kind=kind, due_at=due_at, **values)
        session.add(row)
        session.commit()
        return row.id

    return add


def claim(session, job, *conditions, now=NOW, limit=10, **options):
    claimed = claim_due(session, job, *conditions, now=now, lease=LEASE, limit=limit, **options)
    session.commit()
    return claimed


def stored(session, job, item_id):
    session.rollback()
    return session.execute(sa.select(job.__table__).where(job.id == item_id)).one()


def test_item_is_due_from_its_insertion_unless_another_time_is_given(session, job):
    session.add(job(kind="plain"))
    session.commit()
    (item,) = session.execute(sa.select(job.__table__)).all()

    assert item.due_at == item.created_at
    assert (item.leased_until, item.attempts, item.done_at, item.last_error) == (None, 0, None, None)


def test_claim_takes_what_is_due_and_says_until_when_and_how_often(session, job, add):
    due = add("due")
    add("later", NOW + timedelta(seconds=1))
    add("done", done_at=NOW)

    (item,) = claim(session, job)

    assert (item.id, item.kind, item.attempts, item.leased_until) == (due, "due", 1, NOW + LEASE)
    assert item.version == 2
    assert stored(session, job, due) == item


def test_claimed_item_is_nobody_elses_until_its_lease_is_over(session, job, add):
    add()
    claim(session, job)

    assert claim(session, job, now=NOW + LEASE - timedelta(seconds=1)) == []
    assert [item.attempts for item in claim(session, job, now=NOW + LEASE)] == [2]


def test_claim_that_was_not_committed_was_none(session, job, add):
    add()
    claim_due(session, job, now=NOW, lease=LEASE, limit=1)
    session.rollback()

    assert [item.attempts for item in claim(session, job)] == [1]


def test_claim_leaves_what_somebody_claims_this_moment(session, other_session, job, add):
    first, second = add(), add()

    ours = claim_due(session, job, now=NOW, lease=LEASE, limit=1)
    theirs = claim_due(other_session, job, now=NOW, lease=LEASE, limit=10)

    assert ([item.id for item in ours], [item.id for item in theirs]) == ([first], [second])
    other_session.rollback()


def test_claim_takes_no_more_than_its_limit_those_first_that_were_due_first(session, job, add):
    last = add(due_at=NOW)
    first = add(due_at=NOW - timedelta(seconds=2))
    second = add(due_at=NOW - timedelta(seconds=1))

    assert [item.id for item in claim(session, job, limit=2)] == [first, second]
    assert [item.id for item in claim(session, job, limit=2)] == [last]


def test_claim_keeps_to_another_order_and_to_conditions(session, job, add):
    ids = [add(kind) for kind in ("b", "a", "c", "unwanted")]

    claimed = claim(session, job, job.kind != "unwanted", order_by=("kind", "id"))

    assert [item.id for item in claimed] == [ids[1], ids[0], ids[2]]


def test_claim_may_look_at_other_items(session, job, add):
    """As work of one account does that has to keep its order."""
    first, second = add(), add()
    earlier = sa.orm.aliased(job)
    in_order = ~sa.exists().where(earlier.kind == job.kind, earlier.id < job.id, earlier.done_at.is_(None))

    (item,) = claim(session, job, in_order)
    assert item.id == first
    assert claim(session, job, in_order) == []
    finish(session, job, item, now=NOW)
    session.commit()
    assert [item.id for item in claim(session, job, in_order)] == [second]


def test_finished_item_does_not_come_back(session, job, add):
    add()
    (item,) = claim(session, job)

    assert finish(session, job, item, now=NOW, kind="finished")
    session.commit()

    row = stored(session, job, item.id)
    assert (row.done_at, row.leased_until, row.kind, row.version) == (NOW, None, "finished", 3)
    assert not finish(session, job, item, now=NOW + LEASE)
    assert claim(session, job, now=NOW + 2 * LEASE) == []


def test_postponed_item_comes_back_after_the_delay_with_its_error(session, job, add):
    add()
    (item,) = claim(session, job)

    assert postpone(session, job, item, now=NOW, delay=timedelta(hours=1), error="no\x00\nluck")
    session.commit()

    row = stored(session, job, item.id)
    assert (row.due_at, row.leased_until, row.last_error) == (NOW + timedelta(hours=1), None, "no  luck")
    assert claim(session, job, now=NOW + timedelta(minutes=59)) == []
    assert [item.attempts for item in claim(session, job, now=NOW + timedelta(hours=1))] == [2]


def test_late_worker_may_finish_but_not_put_off_what_is_somebody_elses(session, job, add):
    add()
    (late,) = claim(session, job)
    (current,) = claim(session, job, now=NOW + LEASE)

    assert not postpone(session, job, late, now=NOW + LEASE, delay=LEASE, error="late")
    assert stored(session, job, current.id).leased_until == current.leased_until
    assert finish(session, job, late, now=NOW + LEASE)
    assert not finish(session, job, current, now=NOW + LEASE)
    assert not postpone(session, job, current, now=NOW + LEASE, delay=LEASE, error="done meanwhile")
    session.rollback()


def test_error_is_kept_in_five_hundred_characters():
    assert readable_error("x" * 501 + "\udcff") == "x" * 500
    assert readable_error("caf\u00e9 \udcff") == "caf\u00e9  "


@pytest.mark.parametrize(("attempts", "most"), [(0, 10), (1, 10), (2, 20), (3, 40), (4, 60), (10_000, 60)])
def test_delay_is_between_half_and_all_of_a_bound_that_doubles(attempts, most):
    bounds = {"first": timedelta(seconds=10), "most": timedelta(seconds=60)}

    assert retry_delay(attempts, **bounds, jitter=lambda low, high: high) == timedelta(seconds=most)
    assert retry_delay(attempts, **bounds, jitter=lambda low, high: low) == timedelta(seconds=most) / 2
    assert timedelta(seconds=most) / 2 <= retry_delay(attempts, **bounds) <= timedelta(seconds=most)


def test_workers_are_woken_by_the_commit(session, servers, database_name):
    with closing(servers.connect(database_name)) as listener, listener.cursor() as cursor:
        cursor.execute("LISTEN jobs")
        wake(session, "jobs")
        wake(session, "jobs")
        listener.poll()
        assert listener.notifies == []
        session.commit()

        select.select([listener], [], [], 5)
        listener.poll()
        assert [notify.channel for notify in listener.notifies] == ["jobs"]
