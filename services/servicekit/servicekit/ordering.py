"""The order of lists: total, so that pages neither repeat nor lose a row, and with unknown values last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, or_, tuple_


@dataclass(frozen=True, slots=True)
class SortKey:
    """What rows are sorted by: a column, or an expression of a known type, and the direction."""

    column: Any
    descending: bool
    # Under which a page shows the value of the column.
    label: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One ORDER BY clause: a key in its direction, or backwards; ``nullable`` where NULL can come up."""

    key: SortKey
    nullable: bool
    backwards: bool = False

    def clause(self, page: FromClause | None = None) -> ColumnElement[Any]:
        """Return the clause; of the column of ``page`` that shows the key, if there is one."""
        column = self.key.column if page is None else page.c[self.key.label]
        descending = self.key.descending != self.backwards
        ordered: ColumnElement[Any] = column.desc() if descending else column.asc()
        # PostgreSQL takes NULL for the greatest. Said only where it matters, or no index would be walked backwards.
        if not self.nullable or descending is self.backwards:
            return ordered
        return ordered.nulls_first() if self.backwards else ordered.nulls_last()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list that one index walks through: its rows, and their order."""

    conditions: Sequence[ColumnElement[bool]]
    steps: Sequence[Step]


def total_order(keys: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return ``keys`` with the id as the last, in the direction of the one before unless it is among them."""
    for position, (name, _) in enumerate(keys):
        if name == "id":
            return list(keys[: position + 1])
    return [*keys, ("id", keys[-1][1])]


def order_by(sorts: Mapping[str, Any], keys: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
    """Return the ORDER BY clauses of ``keys``; the id ends them, in the direction of the last.

    Args:
        sorts: the column of each sort, the id's among them.
        keys: pairs of a name in ``sorts`` and whether it descends.
    """
    return [step.clause() for step in steps_of([SortKey(sorts[name], down) for name, down in total_order(keys)])]


def steps_of(keys: Sequence[SortKey], *, backwards: bool = False) -> list[Step]:
    """Return the order of ``keys``, or the opposite."""
    return [Step(key, may_be_null(key.column), backwards) for key in keys]


def stretches(keys: Sequence[SortKey], place: Sequence[Any] | None = None, *, backwards: bool = False) -> list[Stretch]:
    """Return the parts, in their order, of what follows ``place`` in the order of ``keys``; of everything without one.

    ``backwards`` gives the parts of everything from the last row to the first, without ``place``.

    ``place`` holds the values of the keys in a row; the last key is the id. Where the first key may be NULL, the rows
    that have it and those that have not are parts of their own: one index on the key and the id then serves both
    directions, and finds a place in the midst of the list, which it does not with NULLS LAST or an OR.
    """
    first, rest = keys[0], keys[1:]
    after = steps_of(rest, backwards=backwards)
    if not may_be_null(first.column):
        conditions = [] if place is None else [beyond(keys, place)]
        return [Stretch(conditions, steps_of(keys, backwards=backwards))]
    known = [Step(first, nullable=False, backwards=backwards), *after]
    unknown: list[ColumnElement[bool]] = [first.column.is_(None)]
    if place is None:
        parts = [Stretch([first.column.is_not(None)], known), Stretch(unknown, after)]
        return parts[::-1] if backwards else parts
    if place[0] is None:
        return [Stretch([*unknown, beyond(rest, place[1:])], after)]
    return [Stretch([beyond(keys, place, known=True)], known), Stretch(unknown, after)]


def beyond(keys: Sequence[SortKey], place: Sequence[Any], *, known: bool = False) -> ColumnElement[bool]:
    """Return the condition of the rows that follow ``place``; ``known`` leaves out those without the first key."""
    first, value, rest = keys[0], place[0], keys[1:]
    column, nullable = first.column, may_be_null(first.column) and not known
    if not nullable and not any(may_be_null(key.column) for key in rest) and len({key.descending for key in keys}) == 1:
        # One comparison of rows, which an index over the columns answers by itself.
        row, last = (tuple_(*(key.column for key in keys)), tuple_(*place)) if rest else (column, value)
        compared: ColumnElement[bool] = row < last if first.descending else row > last
        return compared
    if value is None:
        return and_(column.is_(None), beyond(rest, place[1:]))
    further = column < value if first.descending else column > value
    if nullable:
        return or_(further, column.is_(None), *([and_(column == value, beyond(rest, place[1:]))] if rest else []))
    if not rest:
        return further  # type: ignore[no-any-return]  # columns are untyped here
    # The bound says nothing new but to an index: it begins at the place instead of filtering all before it.
    bound = column <= value if first.descending else column >= value
    return and_(bound, or_(further, beyond(rest, place[1:])))


def may_be_null(column: Any) -> bool:
    """Return whether ``column``, which may also be an expression, can hold NULL."""
    return bool(getattr(column, "nullable", True))
