"""The order of lists: total, so that pages neither repeat nor lose a row, and with unknown values last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, tuple_


@dataclass(frozen=True, slots=True)
class SortKey:
    """What rows are sorted by: a column, or an expression of a known type, and the direction."""

    column: Any
    descending: bool

    def clause(self, column: Any = None) -> ColumnElement[Any]:
        """Return the ORDER BY clause; of ``column``, where the key has that other name."""
        column = self.column if column is None else column
        return _directed(column, self.descending, nullable=may_be_null(self.column))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list that one index walks through: its rows, and their order."""

    conditions: Sequence[ColumnElement[bool]]
    order: Sequence[ColumnElement[Any]]


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
    return _clauses([SortKey(sorts[name], descending) for name, descending in total_order(keys)])


def stretches(keys: Sequence[SortKey], place: Sequence[Any] | None = None) -> list[Stretch]:
    """Return the parts, in their order, of what follows ``place`` in the order of ``keys``; of everything without one.

    ``place`` holds the values of the keys in a row; the last key is the id. Where the first key may be NULL, the rows
    that have it and those that have not are parts of their own: one index on the key and the id then serves both
    directions, and finds a place in the midst of the list, which it does not with NULLS LAST or an OR.
    """
    first, rest = keys[0], keys[1:]
    if not may_be_null(first.column):
        return [Stretch([] if place is None else [_beyond(keys, place)], _clauses(keys))]
    known = [_directed(first.column, first.descending, nullable=False), *_clauses(rest)]
    unknown: list[ColumnElement[bool]] = [first.column.is_(None)]
    if place is None:
        return [Stretch([first.column.is_not(None)], known), Stretch(unknown, _clauses(rest))]
    if place[0] is None:
        return [Stretch([*unknown, _beyond(rest, place[1:])], _clauses(rest))]
    return [Stretch([_beyond(keys, place, known=True)], known), Stretch(unknown, _clauses(rest))]


def _beyond(keys: Sequence[SortKey], place: Sequence[Any], *, known: bool = False) -> ColumnElement[bool]:
    """Return the condition of the rows that follow ``place``; ``known`` leaves out those without the first key."""
    first, value, rest = keys[0], place[0], keys[1:]
    column, nullable = first.column, may_be_null(first.column) and not known
    if not nullable and not any(may_be_null(key.column) for key in rest) and len({key.descending for key in keys}) == 1:
        # One comparison of rows, which an index over the columns answers by itself.
        row, last = (tuple_(*(key.column for key in keys)), tuple_(*place)) if rest else (column, value)
        compared: ColumnElement[bool] = row < last if first.descending else row > last
        return compared
    if value is None:
        return and_(column.is_(None), _beyond(rest, place[1:]))
    further = column < value if first.descending else column > value
    if nullable:
        return or_(further, column.is_(None), *([and_(column == value, _beyond(rest, place[1:]))] if rest else []))
    if not rest:
        return further  # type: ignore[no-any-return]  # columns are untyped here
    # The bound says nothing new but to an index: it begins at the place instead of filtering all before it.
    bound = column <= value if first.descending else column >= value
    return and_(bound, or_(further, _beyond(rest, place[1:])))


def _clauses(keys: Sequence[SortKey]) -> list[ColumnElement[Any]]:
    return [key.clause() for key in keys]


def _directed(column: Any, descending: bool, *, nullable: bool) -> ColumnElement[Any]:
    if not descending:
        return column.asc()  # type: ignore[no-any-return]  # PostgreSQL puts NULLs last by itself
    # Said only where it matters: it would keep the planner from walking an index backwards.
    return column.desc().nulls_last() if nullable else column.desc()  # type: ignore[no-any-return]


def may_be_null(column: Any) -> bool:
    """Return whether ``column``, which may also be an expression, can hold NULL."""
    return bool(getattr(column, "nullable", True))
