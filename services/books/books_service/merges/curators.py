"""Who merged, who undid it and who had added what was merged, when that account is no more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from books_service.merges.models import Merge
from servicekit.database import DatabaseSession

ROWS_AT_ONCE = 500


def forget_curator(session: DatabaseSession, user_id: int) -> bool:
    """Forget of some merges that ``user_id`` had to do with them; return whether there was none."""
    table = Merge.__table__
    for column in (table.c.merged_by, table.c.undone_by, table.c.added_by):
        # In one order for everybody, or two writers could wait for each other.
        some = select(table.c.id).where(column == user_id).order_by(table.c.id).limit(ROWS_AT_ONCE).with_for_update()
        changed: Any = session.execute(
            update(table).where(table.c.id.in_(some)).values({column: None, table.c.version: table.c.version + 1})
        )
        if changed.rowcount:
            return False
    return True
