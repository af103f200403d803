"""The order of lists: total, so that pages neither repeat nor lose a row, and with unknown values last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement


def order_by(sorts: Mapping[str, Any], keys: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
    """Return the ORDER BY clauses of ``keys``; the id ends them, in the direction of the last.

    Args:
        sorts: the column of each sort, the id's among them.
        keys: pairs of a name in ``sorts`` and whether it descends.
    """
    if all(name != "id" for name, _ in keys):
        keys = [*keys, ("id", keys[-1][1])]
    return [_directed(sorts[name], descending) for name, descending in keys]


def _directed(column: Any, descending: bool) -> ColumnElement[Any]:
    if not descending:
        return column.asc()  # type: ignore[no-any-return]  # PostgreSQL puts NULLs last by itself
    # Said only where it matters: it would keep the planner from walking an index backwards.
    return column.desc().nulls_last() if may_be_null(column) else column.desc()  # type: ignore[no-any-return]


def may_be_null(column: Any) -> bool:
    """Return whether ``column``, which may also be an expression, can hold NULL."""
    return bool(getattr(column, "nullable", True))
