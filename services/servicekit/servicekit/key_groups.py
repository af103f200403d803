"""Orders by several keys, read group after group of the rows that share the first.

No index holds such an order, and whatever shares the first key would be sorted for every page. A group is found by the
index of the first key, and then read by the index of the next one or sorted, whichever takes less: for a page of 20
some 5,000 of 1,000,000 rows, however large the group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, func, select

from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.ordering import SortKey, Step, beyond, may_be_null

# To pass over more rows of a group by the index of another key takes longer than to sort the group,
WALKED = 500
# unless it has more rows than this.
SORTED = 100_000

Rows = list[RowMapping]


def is_grouped(walk: Walk) -> bool:
    """Return whether no index on the first key and the id holds the order of ``walk``."""
    return len(walk.keys) > 2 or len({key.descending for key in walk.keys}) > 1


@dataclass(frozen=True, slots=True)
class Groups:
    """A list of several groups.

    Args:
        session: where to read.
        walk: the order.
        found: the ids of all rows of the list.
        read: gives the rows of what ``walk`` makes.
    """

    session: DatabaseSession
    walk: Walk
    found: Select[Any]
    read: Callable[[FromClause], Sequence[RowMapping]]

    def first(self, limit: int) -> Rows:
        """Return the first ``limit`` rows."""
        return self._known(None, limit)

    def following(self, place: Sequence[Any], limit: int) -> Rows:
        """Return up to ``limit`` rows that follow ``place``."""
        value, *rest = place
        rows = [*self.read(self.walk.part(self._group(value), self._rest, limit, place=rest, given=[value]))]
        return rows + self._after(value, limit - len(rows))

    def at(self, offset: int, limit: int, total: int | None = None) -> Rows:
        """Return up to ``limit`` rows after ``offset`` ones; the walk there is shorter with the exact ``total``."""
        # In the order of the index alone: the row there is another one, but of the same group.
        by_index = Walk(
            {"first": self._first.column, "id": self.walk.keys[-1].column}, [("first", self._first.descending)]
        )
        backwards = total is not None and offset * 2 >= total
        passed = total - 1 - offset if total is not None and backwards else offset
        page = by_index.part(self.found, by_index.keys, 1, offset=passed, backwards=backwards)
        place = self.session.execute(select(*by_index.sort_columns(page))).one_or_none()
        if place is None:
            return []
        group = self._group(place[0])
        before = func.count().filter(~beyond(by_index.keys[1:], [place[1]]))
        counts = group.with_only_columns(func.count(), before, maintain_column_froms=True)
        size, upto = self.session.execute(counts).one()
        if size == total:
            # All of them: whoever looks into the rows for the first key takes ten times as long.
            group = self.found
        within = max(upto - 1, 0)
        count = min(limit, size - within)
        rows: Rows = []
        if count > 0:
            rows += self.read(self._part_of_group(group, place[0], within, count, size))
        return rows + self._after(place[0], limit - len(rows))

    @property
    def _first(self) -> SortKey:
        return self.walk.keys[0]

    @property
    def _rest(self) -> Sequence[SortKey]:
        return self.walk.keys[1:]

    def _group(self, value: Any) -> Select[Any]:
        column = self._first.column
        return self.found.where(column.is_(None) if value is None else column == value)

    def _start_of_group(self, value: Any, limit: int) -> FromClause:
        return self.walk.part(self._group(value), self._rest, limit, given=[value])

    def _part_of_group(self, group: Select[Any], value: Any, offset: int, limit: int, size: int) -> FromClause:
        if min(offset, size - offset) > WALKED and size <= SORTED:
            return self.walk.page_of_few(group, limit, offset)
        backwards = offset * 2 >= size
        start = size - offset - limit if backwards else offset
        return self.walk.part(group, self._rest, limit, offset=start, backwards=backwards, given=[value])

    def _after(self, value: Any, limit: int) -> Rows:
        """Return up to ``limit`` rows of the groups after that of ``value``; unknown values have the last."""
        return [] if limit <= 0 or value is None else self._known(value, limit)

    def _known(self, value: Any, limit: int) -> Rows:
        """Return up to ``limit`` rows of the groups after that of ``value``, of all if it is None."""
        rows: Rows = []
        while len(rows) < limit:
            nearest, horizon = self._ahead(value, limit - len(rows))
            if nearest is None:
                break
            if nearest != horizon:
                few = self.found.where(*self._between(value, horizon))
                rows += self.read(self.walk.page_of_few(few, limit - len(rows)))
            if horizon is None:
                break
            if len(rows) < limit:
                rows += self.read(self._start_of_group(horizon, limit - len(rows)))
            value = horizon
        if len(rows) < limit and may_be_null(self._first.column):
            rows += self.read(self._start_of_group(None, limit - len(rows)))
        return rows

    def _ahead(self, value: Any, rows: int) -> tuple[Any, Any]:
        """Return the next first key after ``value``, and that of the row which is ``rows`` further; or None."""
        keys = self.found.where(*self._between(value)).with_only_columns(self._first.column, maintain_column_froms=True)
        ahead = keys.order_by(Step(self._first, nullable=False).clause()).limit(1)
        row = self.session.execute(select(ahead.scalar_subquery(), ahead.offset(rows).scalar_subquery())).one()
        return row[0], row[1]

    def _between(self, value: Any, end: Any = None) -> list[ColumnElement[bool]]:
        """Return the conditions of known first keys after ``value`` and before ``end``; None does not bound them."""
        column, down = self._first.column, self._first.descending
        conditions = []
        if value is not None:
            conditions.append(column < value if down else column > value)
        if end is not None:
            conditions.append(column > end if down else column < end)
        return conditions or ([column.is_not(None)] if may_be_null(column) else [])
