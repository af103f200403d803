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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Select, and_, false, or_, tuple_

from servicekit.database import DatabaseSession
from servicekit.envelope import ValidationFailed
from servicekit.ordering import may_be_null, order_by
from servicekit.pagination import MAXIMUM_LINK_CHARACTERS, PerPage, url_of_page

MAXIMUM_CURSOR_CHARACTERS = 4096
CHECKSUM_BYTES = 6
WRITTEN_CURSOR = re.compile(r"[A-Za-z0-9_-]+")
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1


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
            text and times.
        keys: pairs of a name in ``sorts`` and whether it descends; as in ``order_by``, the id ends them and unknown
            values come last either way.
    """

    def __init__(self, sorts: Mapping[str, Any], keys: Sequence[tuple[str, bool]]) -> None:
        if all(name != "id" for name, _ in keys):
            keys = [*keys, ("id", keys[-1][1])]
        self._columns = [sorts[name] for name, _ in keys]
        self._descending = [descending for _, descending in keys]
        self._order = order_by(sorts, keys)
        self._signature = orjson.dumps([[str(sorts[name]), descending] for name, descending in keys])

    def read(self, session: DatabaseSession, query: Select[Any], request: CursorRequest) -> CursorPage:
        """Return the page of the rows of ``query`` that ``request`` asks for, as mappings.

        Raises:
            CursorInvalid: the cursor is none of this list in this order.
        """
        if request.cursor is not None:
            query = query.where(self._beyond(self._place(request.cursor)))
        # What rows are sorted by is not always what they show.
        labels = [f"sort_key_{number}" for number, _ in enumerate(self._columns)]
        query = query.add_columns(*(column.label(label) for column, label in zip(self._columns, labels, strict=True)))
        found = session.execute(query.order_by(*self._order).limit(request.per_page + 1)).mappings()
        rows = [dict(row) for row in found]
        places = [[row.pop(label) for label in labels] for row in rows]
        page = rows[: request.per_page]
        return CursorPage(page, request, self._cursor(places[len(page) - 1]) if len(rows) > len(page) else None)

    def _cursor(self, place: Sequence[Any]) -> str:
        return self._written(orjson.dumps(place))

    def _place(self, cursor: str) -> list[Any]:
        """Return the sort keys that ``cursor`` holds, each of the type of its column."""
        if len(cursor) > MAXIMUM_CURSOR_CHARACTERS or WRITTEN_CURSOR.fullmatch(cursor) is None:
            raise CursorInvalid
        try:
            payload = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[CHECKSUM_BYTES:]
            if self._written(payload) != cursor:
                raise CursorInvalid
            given = orjson.loads(payload)
            return [_sort_key(value, column) for value, column in zip(given, self._columns, strict=True)]
        except (TypeError, ValueError) as error:
            raise CursorInvalid from error

    def _written(self, payload: bytes) -> str:
        checksum = hashlib.blake2b(self._signature + payload, digest_size=CHECKSUM_BYTES).digest()
        return base64.urlsafe_b64encode(checksum + payload).rstrip(b"=").decode()

    def _beyond(self, place: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition of the rows that follow ``place``."""
        if len(set(self._descending)) == 1 and not any(may_be_null(column) for column in self._columns):
            # One comparison of rows, which an index over the columns answers by itself.
            row, last = tuple_(*self._columns), tuple_(*place)
            return row < last if self._descending[0] else row > last
        equal: list[ColumnElement[bool]] = []
        alternatives = []
        for column, value, descending in zip(self._columns, place, self._descending, strict=True):
            alternatives.append(and_(*equal, _follows(column, value, descending=descending)))
            equal.append(_is(column, value))
        return or_(*alternatives)


def _is(column: Any, value: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.is_(None) if value is None else column == value
    return condition


def _follows(column: Any, value: Any, *, descending: bool) -> ColumnElement[bool]:
    if value is None:
        return false()
    further = column < value if descending else column > value
    return or_(further, column.is_(None)) if may_be_null(column) else further


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
    elif expected is int:
        if type(value) is int and SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return value
    elif expected is float:
        if isinstance(value, float) and math.isfinite(value):
            return value
    elif isinstance(value, str) and expected is str and "\x00" not in value:
        return value
    raise ValueError("not a value of this column")
