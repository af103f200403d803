"""Lists that are read by cursors: a page tells where the next one begins, and no row before it is counted or skipped.

A cursor holds the sort keys of the last row of its page. It is a position and no permission: whoever makes one up reads
from another place of a list that they may read anyway, so it is checked and not signed. The checksum covers the order
that the cursor was made for, so that neither a damaged one nor one of another list is taken for a position.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from marshmallow import Schema, fields
from sqlalchemy import BigInteger, ColumnElement, FromClause, RowMapping, Select, case, cast, func, select, union_all

from servicekit.database import DatabaseSession
from servicekit.envelope import ValidationFailed
from servicekit.ordering import SortKey, Stretch, beyond, may_be_null, steps_of, stretches, total_order
from servicekit.pagination import MAXIMUM_LINK_CHARACTERS, PerPage, url_of_page

# Two texts as long as an index holds, written as JSON and base64.
MAXIMUM_CURSOR_CHARACTERS = 6000
CHECKSUM_BYTES = 6
WRITTEN_CURSOR = re.compile(r"[A-Za-z0-9_-]+")
BIGINT_BITS, INTEGER_BITS = 63, 31


class CursorInvalid(ValidationFailed):
    """The cursor is not one that this list gave in this order."""

    code, message = "cursor_invalid", "The cursor is not one of this list in this order."

    def __init__(self) -> None:
        super().__init__(details={"cursor": ["Must be the next_cursor of a page of this list, in the same order."]})


class CursorQuerySchema(Schema):
    """The query parameters of a list that is read by cursors."""

    cursor = fields.String(metadata={"description": "`next_cursor` of the page before; the first page has none."})
    per_page = PerPage()


@dataclass(frozen=True, slots=True)
class CursorRequest:
    """The page that a client asks for: what follows ``cursor``, or the first page when there is none."""

    cursor: str | None
    per_page: int


@dataclass(frozen=True, slots=True)
class CursorPage:
    """One page of a list whose length nobody counts; the last one has no ``next_cursor``."""

    items: Sequence[Any]
    request: CursorRequest
    next_cursor: str | None

    def mapped(self, represent: Callable[[Any], Any]) -> CursorPage:
        """Return the same page with ``represent`` applied to each item."""
        return replace(self, items=[represent(item) for item in self.items])

    def pagination(self) -> dict[str, Any]:
        """Return the ``pagination`` object of the envelope."""
        return {
            "per_page": self.request.per_page,
            "next_cursor": self.next_cursor,
            "has_next": self.next_cursor is not None,
        }

    def headers(self) -> dict[str, str]:
        """Return the ``Link`` header (RFC 8288) to the next page, if there is one and it fits into a header."""
        if self.next_cursor is None:
            return {}
        link = f'<{url_of_page("cursor", self.next_cursor)}>; rel="next"'
        return {"Link": link} if len(link) <= MAXIMUM_LINK_CHARACTERS else {}


def cursor_request(arguments: dict[str, Any]) -> CursorRequest:
    """Return the page that loaded query arguments ask for."""
    return CursorRequest(arguments.get("cursor"), arguments["per_page"])


class Walk:
    """A list in one order, which cursors lead through.

    Rows that are there from the first page to the last are met once each, whatever is added meanwhile, as long as
    their sort keys do not change.

    Args:
        sorts: the column, or expression of a known type, of each sort by name, the id's among them: integers, floats,
            text, times and days.
        keys: pairs of a name in ``sorts`` and whether it descends; as in ``order_by``, the id ends them and unknown
            values come last either way.
    """

    def __init__(self, sorts: Mapping[str, Any], keys: Sequence[tuple[str, bool]]) -> None:
        named = total_order(keys)
        self.keys = [
            SortKey(sorts[name], descending, f"sort_key_{number}") for number, (name, descending) in enumerate(named)
        ]
        self._signature = orjson.dumps([[str(sorts[name]), descending] for name, descending in named])

    def read(self, session: DatabaseSession, query: Select[Any], request: CursorRequest) -> CursorPage:
        """Return the page of the rows of ``query`` that ``request`` asks for, as mappings.

        Raises:
            CursorInvalid: the cursor is none of this list in this order.
        """
        page = self.page(query, request.per_page + 1, cursor=request.cursor)
        rows, next_cursor = self.taken(
            session.execute(select(page).order_by(*self.order(page))).mappings(), request.per_page
        )
        return CursorPage(rows, request, next_cursor)

    def page_of_few(
        self, query: Select[Any], limit: int, offset: int = 0, place: Sequence[Any] | None = None
    ) -> FromClause:
        """Return what ``page`` does, or what follows ``place``, by sorting all rows of ``query``.

        A database that is left to choose would rather walk through an order until enough rows are met that belong to
        ``query``, however far down they are.
        """
        few = self._labelled(query).cte("few").prefix_with("MATERIALIZED")
        keys = [SortKey(few.c[key.label], key.descending, key.label) for key in self.keys]
        conditions = [] if place is None else [beyond(keys, place)]
        return _limited(select(few), Stretch(conditions, steps_of(keys)), limit, offset).subquery("page")

    def page(self, query: Select[Any], limit: int, *, offset: int = 0, cursor: str | None = None) -> FromClause:
        """Return some rows of ``query`` as something to select from or to join, with what they are sorted by.

        They are the first ``limit`` after ``offset`` ones that follow ``cursor``. One statement, whose cost grows with
        ``offset`` alone if an index holds the keys.

        Raises:
            CursorInvalid: the cursor is none of this list in this order.
        """
        return self.part(query, self.keys, limit, offset=offset, place=None if cursor is None else self.place(cursor))

    def part(
        self,
        query: Select[Any],
        keys: Sequence[SortKey],
        limit: int,
        *,
        offset: int = 0,
        place: Sequence[Any] | None = None,
        backwards: bool = False,
        given: Sequence[Any] = (),
    ) -> FromClause:
        """Return what ``page`` does, by the last ``keys`` of this walk, where all rows have ``given`` as the others.

        The rows are those that follow ``place``, the values of ``keys`` in a row; or, ``backwards``, the last ones
        before the ``offset`` last.
        """
        # What rows are sorted by is not always what they show.
        labelled = self._labelled(query, given)
        parts = stretches(keys, place, backwards=backwards)
        near = _limited(labelled, parts[0], limit, offset)
        if len(parts) == 1:
            return near.subquery("page")
        first = near.cte("near")
        count = select(func.count()).select_from(first).scalar_subquery()
        # Limited twice: a limit that is computed tells the planner nothing, and it would sort all of them.
        some = _limited(labelled, parts[1], limit + offset).subquery("some")
        # Nothing of the second part is read when the first has enough.
        far = select(some).order_by(*(step.clause(some) for step in parts[1].steps)).limit(limit - count)
        if offset:
            passed = query.where(*parts[0].conditions).with_only_columns(func.count(), maintain_column_froms=True)
            left = func.greatest(offset - passed.scalar_subquery(), 0)
            far = far.offset(case((count == limit, 0), else_=left))
        return union_all(select(first), far).subquery("page")

    def order(self, page: FromClause) -> list[ColumnElement[Any]]:
        """Return the ORDER BY clauses of a ``page`` that was made here."""
        return [step.clause(page) for step in steps_of(self.keys)]

    def sort_columns(self, page: FromClause) -> list[ColumnElement[Any]]:
        """Return what a statement over ``page`` has to select besides its own columns, for ``taken``."""
        return [page.c[key.label] for key in self.keys]

    def taken(self, found: Iterable[RowMapping], per_page: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return up to ``per_page`` of the rows ``found``, without ``sort_columns``, and the cursor of those beyond."""
        rows = [dict(row) for row in found]
        places = [[row.pop(key.label) for key in self.keys] for row in rows]
        return rows[:per_page], self._cursor(places[per_page - 1]) if len(rows) > per_page else None

    def _labelled(self, query: Select[Any], given: Sequence[Any] = ()) -> Select[Any]:
        # What is known is not read: an index that has the other columns is then enough.
        known = [cast(value, key.column.type) for value, key in zip(given, self.keys, strict=False)]
        columns = [*known, *(key.column for key in self.keys[len(known) :])]
        return query.add_columns(*(column.label(key.label) for column, key in zip(columns, self.keys, strict=True)))

    def _cursor(self, place: Sequence[Any]) -> str:
        return self._written(orjson.dumps(place))

    def place(self, cursor: str) -> list[Any]:
        """Return the sort keys that ``cursor`` holds, each of the type of its column.

        Raises:
            CursorInvalid: the cursor is none of this list in this order.
        """
        if len(cursor) > MAXIMUM_CURSOR_CHARACTERS or WRITTEN_CURSOR.fullmatch(cursor) is None:
            raise CursorInvalid
        try:
            payload = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[CHECKSUM_BYTES:]
            if self._written(payload) != cursor:
                raise CursorInvalid
            given = orjson.loads(payload)
            return [_sort_key(value, key.column) for value, key in zip(given, self.keys, strict=True)]
        except (TypeError, ValueError) as error:
            raise CursorInvalid from error

    def _written(self, payload: bytes) -> str:
        checksum = hashlib.blake2b(self._signature + payload, digest_size=CHECKSUM_BYTES).digest()
        return base64.urlsafe_b64encode(checksum + payload).rstrip(b"=").decode()


def _limited(query: Select[Any], part: Stretch, limit: int, offset: int = 0) -> Select[Any]:
    limited = query.where(*part.conditions).order_by(*(step.clause() for step in part.steps)).limit(limit)
    return limited.offset(offset) if offset else limited


def _sort_key(value: Any, column: Any) -> Any:
    """Return ``value``, as it came out of a cursor, as something to compare ``column`` with.

    Raises:
        ValueError: no row can have it.
    """
    expected = column.type.python_type
    if value is None:
        if may_be_null(column):
            return None
    elif expected is datetime:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        # Only as it was written here: PostgreSQL does not take every offset that Python does.
        if moment is not None and moment.utcoffset() == timedelta(0):
            return moment
    elif expected is date:
        if isinstance(value, str):
            return date.fromisoformat(value)
    elif expected is int:
        bits = BIGINT_BITS if isinstance(column.type, BigInteger) else INTEGER_BITS
        if type(value) is int and -(2**bits) <= value < 2**bits:
            return value
    elif expected is float:
        if isinstance(value, float) and math.isfinite(value):
            return value
    elif isinstance(value, str) and expected is str and "\x00" not in value:
        return value
    raise ValueError("not a value of this column")
