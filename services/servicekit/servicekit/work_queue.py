"""Work that waits in a table: claimed by one worker for a time, then finished or put off.

A claim is committed before the work begins. Whoever dies meanwhile leaves a lease that runs out, and the item comes
back: everything is done at least once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, DateTime, Row, String, Table, Update, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from servicekit.database import DatabaseSession

MAXIMUM_ERROR_CHARACTERS = 500


class WorkItem:
    """Columns of a table of work, which has a primary key ``id`` and is ``Versioned`` besides."""

    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None] = mapped_column(String(MAXIMUM_ERROR_CHARACTERS))


def claim_due(
    session: DatabaseSession,
    model: type[WorkItem],
    *conditions: ColumnElement[bool],
    now: datetime,
    lease: timedelta,
    limit: int,
    order_by: Sequence[str] = ("due_at", "id"),
) -> list[Row[Any]]:
    """Return up to ``limit`` items that are due and claimed by nobody, now claimed until ``now + lease``.

    The rows have every column of the table. The caller commits before it begins to work. Items that somebody else
    claims this moment are left to them.

    Args:
        session: in no transaction that shall not be committed then.
        model: the class of the items.
        conditions: what else has to be true of an item, in terms of ``model``.
        now: the time.
        lease: longer than the work on all of them takes, or another worker may do it once more.
        limit: how many at most.
        order_by: names of the columns, ascending, that say which come first; the rows are returned in this order.
    """
    table = _table(model)
    due = (
        select(table.c.id)
        .where(
            table.c.done_at.is_(None),
            table.c.due_at <= now,
            or_(table.c.leased_until.is_(None), table.c.leased_until <= now),
            *conditions,
        )
        .order_by(*(table.c[name] for name in order_by))
        .limit(limit)
        .with_for_update(of=table, skip_locked=True)
        # Not a subquery: PostgreSQL may run one several times, and each run would lock other rows.
        .cte("due")
    )
    claimed = (
        _change(table, leased_until=now + lease, attempts=table.c.attempts + 1)
        .where(table.c.id.in_(select(due.c.id)))
        .returning(*table.c)
        .cte("claimed")
    )
    return list(session.execute(select(claimed).order_by(*(claimed.c[name] for name in order_by))))


def finish(session: DatabaseSession, model: type[WorkItem], item: Row[Any], *, now: datetime, **values: Any) -> bool:
    """Mark a claimed item as done, without committing; return False when it was done already or is gone.

    ``values`` sets further columns. It counts although the lease has run out: what is done is done.
    """
    table = _table(model)
    values = {"done_at": now, "leased_until": None, "last_error": None, **values}
    return _applied(session, _change(table, **values).where(table.c.id == item.id, table.c.done_at.is_(None)))


def postpone(
    session: DatabaseSession, model: type[WorkItem], item: Row[Any], *, now: datetime, delay: timedelta, error: str
) -> bool:
    """Give a claimed item back, due again after ``delay``, without committing.

    Returns False, and changes nothing, when the lease has run out and the item is somebody else's by now.
    """
    table = _table(model)
    putting_off = _change(table, due_at=now + delay, leased_until=None, last_error=readable_error(error))
    return _applied(
        session,
        putting_off.where(table.c.id == item.id, table.c.attempts == item.attempts, table.c.done_at.is_(None)),
    )


def readable_error(error: str) -> str:
    """Return ``error`` as ``last_error`` can hold it: short, on one line, without what PostgreSQL refuses."""
    return "".join(c if c.isprintable() else " " for c in error)[:MAXIMUM_ERROR_CHARACTERS]


def retry_delay(
    attempts: int,
    *,
    first: timedelta,
    most: timedelta,
    jitter: Callable[[float, float], float] = random.uniform,
) -> timedelta:
    """Return how long to wait after the attempt number ``attempts`` failed.

    Between half of a bound that doubles with each attempt and all of it: "equal jitter" of Marc Brooker, Exponential
    Backoff and Jitter, AWS Architecture Blog, 2015. Many that failed together do not come back together, and none comes
    back at once.
    """
    doublings = min(max(attempts, 1) - 1, 30)
    bound = min(most.total_seconds(), first.total_seconds() * 2**doublings)
    return timedelta(seconds=jitter(bound / 2, bound))


def wake(session: DatabaseSession, channel: str) -> None:
    """Tell the workers that listen on ``channel`` that there is work, when and if the transaction is committed."""
    # What the caller has not stored yet may violate a constraint, and that is for the caller to notice.
    with session.no_autoflush:
        session.execute(select(func.pg_notify(channel, "")))


def _table(model: type[WorkItem]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # the mixin is no model itself
    return table


def _change(table: Table, **values: Any) -> Update:
    return update(table).values(version=table.c.version + 1, **values)


def _applied(session: DatabaseSession, change: Update) -> bool:
    return cast("CursorResult[Any]", session.execute(change)).rowcount == 1
