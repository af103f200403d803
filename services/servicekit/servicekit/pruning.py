"""Deleting many rows that nobody needs any more, without being in anybody's way."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from servicekit.database import DatabaseSession

PRUNED_AT_ONCE = 1000


def delete_in_batches(session: DatabaseSession, key: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> int:
    """Delete rows a thousand at a time, each batch committed, leaving out what somebody works on this moment.

    Args:
        session: in no transaction that shall not be committed then.
        key: the primary key of the table.
        condition: which rows.
    """
    deleted = 0
    while True:
        batch = select(key.label("id")).where(condition).limit(PRUNED_AT_ONCE).with_for_update(skip_locked=True).cte()
        statement = delete(key.class_).where(key.in_(select(batch.c.id)))
        result = cast("CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False}))
        session.commit()
        deleted += result.rowcount
        if result.rowcount < PRUNED_AT_ONCE:
            return deleted
