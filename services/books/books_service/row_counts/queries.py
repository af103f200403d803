"""Reading row counts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Table, bindparam, func, select

from books_service.row_counts.models import RowCount
from servicekit.database import DatabaseSession
from servicekit.totals import EXACT, NONE, Total, total_of

_STORED = select(func.coalesce(func.sum(RowCount.rows), 0, type_=BigInteger)).where(
    RowCount.counted == bindparam("counted")
)


def list_total(
    session: DatabaseSession, table: Table, conditions: Sequence[ColumnElement[bool]], asked: str | None
) -> Total:
    """Return how many rows of ``table`` meet ``conditions``: at no cost and exactly when there are none of them.

    ``table`` must be one that triggers count; ``asked`` is as in ``total_of``.
    """
    if conditions or asked == NONE:
        return total_of(session, table, conditions, asked)
    return Total(int(session.execute(_STORED, {"counted": table.name}).scalar_one()), EXACT)
