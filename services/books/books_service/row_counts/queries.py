"""Reading row counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, Select, Table, bindparam, func, select

from books_service.row_counts.models import RowCount
from servicekit.database import DatabaseSession
from servicekit.totals import EXACT, NONE, Total, total_of


def _stored(counted: Any) -> Select[Any]:
    return select(func.coalesce(func.sum(RowCount.rows), 0, type_=BigInteger)).where(RowCount.counted == counted)


_STORED = _stored(bindparam("counted"))


def list_total(
    session: DatabaseSession, table: Table, conditions: Sequence[ColumnElement[bool]], asked: str | None
) -> Total:
    """Return how many rows of ``table`` meet ``conditions``: at no cost and exactly when there are none of them.

    ``table`` must be one that triggers count; ``asked`` is as in ``total_of``.
    """
    if conditions or asked == NONE:
        return total_of(session, table, conditions, asked)
    return Total(int(session.execute(_STORED, {"counted": table.name}).scalar_one()), EXACT)


def stored_rows(table: str) -> ScalarSelect[int]:
    """Return how many rows ``table``, one that triggers count, has, as a part of a statement."""
    return _stored(table).scalar_subquery()
