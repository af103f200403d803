"""How many rows a list has: counted, estimated where counting would take long, or not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.selectable import FromClause, Join

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
    exactly: int | None = None,
) -> Total:
    """Return how many rows of ``table`` meet ``conditions``.

    Args:
        session: where to ask.
        table: what the list is made of.
        conditions: those that the list asks for.
        asked: one of ``TOTALS``; None counts ``exactly`` rows at most and estimates above, at once where even so many
            cannot be counted cheaply.
        exactly: in place of ``COUNTED_EXACTLY``, fewer where ``conditions`` are slow to check.
    """
    if asked == NONE:
        return NOT_ASKED
    if asked == EXACT:
        return Total(session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one(), EXACT)
    found = select(1).select_from(table).where(*conditions)
    counted = 0
    if asked is None:
        exactly = COUNTED_EXACTLY if exactly is None else exactly
        if _are_dear(conditions):
            planned = _planned(session, found)
            if planned > exactly:
                return Total(planned, ESTIMATE)
        counted = _counted(session, found, exactly + 1)
        if counted <= exactly:
            return Total(counted, EXACT)
    return Total(max(counted, _planned(session, found)), ESTIMATE)


def has_more_than(session: DatabaseSession, found: Select[Any], rows: int) -> bool:
    """Return whether ``found`` has more than ``rows``, which are at most ``COUNTED_EXACTLY``."""
    if found.whereclause is not None and _are_dear([found.whereclause]) and _planned(session, found) > COUNTED_EXACTLY:
        return True
    return _counted(session, found, rows + 1) > rows


def _are_dear(conditions: Sequence[ColumnElement[bool]]) -> bool:
    """Return whether one of ``conditions`` joins other tables, so that to count even a part takes long if it is large.

    The planner joins all of it first, or goes through the whole table when it hopes to be done early.
    """
    asked = (element for condition in conditions for element in visitors.iterate(condition))
    return any(
        isinstance(source, Join)
        for element in asked
        if isinstance(element, Select)
        for source in element.get_final_froms()
    )


def _counted(session: DatabaseSession, found: Select[Any], limit: int) -> int:
    """Return how many rows ``found`` has, ``limit`` if there are more."""
    some = found.limit(limit).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def _planned(session: DatabaseSession, found: Select[Any]) -> int:
    """Return how many rows of ``found`` the planner expects."""
    plan = session.execute(_Explained(found)).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])
