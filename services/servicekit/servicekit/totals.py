"""How many rows a list has: counted, estimated where counting would take long, or not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.selectable import FromClause

from servicekit.database import DatabaseSession

EXACT, ESTIMATE, NONE = TOTALS = ("exact", "estimate", "none")
# So many are counted in a few milliseconds, whatever the size of the table.
COUNTED_EXACTLY = 10_000


@dataclass(frozen=True, slots=True)
class Total:
    """The number of rows, None when nobody asked, and which of ``TOTALS`` it is."""

    rows: int | None
    kind: str


NOT_ASKED = Total(None, NONE)


class _Explained(Executable, ClauseElement):
    """What PostgreSQL plans to do for a statement, as JSON."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(_Explained)
def _explain(element: _Explained, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


def total_of(
    session: DatabaseSession,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    asked: str | None,
    *,
    exactly: int = COUNTED_EXACTLY,
) -> Total:
    """Return how many rows of ``table`` meet ``conditions``.

    Args:
        session: where to ask.
        table: what the list is made of.
        conditions: those that the list asks for.
        asked: one of ``TOTALS``; None counts ``exactly`` rows at most and estimates above.
        exactly: fewer than by default where ``conditions`` are slow to check.
    """
    if asked == NONE:
        return NOT_ASKED
    if asked == EXACT:
        return Total(session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one(), EXACT)
    if asked is None:
        some = select(1).select_from(table).where(*conditions).limit(exactly + 1).subquery()
        counted = session.execute(select(func.count()).select_from(some)).scalar_one()
        if counted <= exactly:
            return Total(counted, EXACT)
        return Total(max(counted, _planned(session, table, conditions)), ESTIMATE)
    return Total(_planned(session, table, conditions), ESTIMATE)


def _planned(session: DatabaseSession, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many rows the planner expects."""
    plan = session.execute(_Explained(select(1).select_from(table).where(*conditions))).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])
