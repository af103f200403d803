"""Lists that are read by numbered pages and by cursors alike: each page tells where the next one begins.

Numbered pages are for people, who jump and look back; cursors are for programs, which read everything and lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import FromClause, RowMapping, Select
from sqlalchemy.exc import OperationalError

from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryNumber
from servicekit.key_groups import Groups, is_grouped
from servicekit.pagination import MAXIMUM_LINK_CHARACTERS, MAXIMUM_PAGE, SortQuerySchema, url_of_page
from servicekit.totals import ESTIMATE, EXACT, NONE, TOTALS, Total, has_more_than

# So many rows are read and sorted in a few milliseconds.
FEW = 5_000
# A page before this is found in time unless the database is too busy, which is another matter.
DEEP = 10_000
QUERY_CANCELED = "57014"


class PageTooDeep(ValidationFailed):
    """So many rows lie before the page that they cannot be passed over in the time that a statement has."""

    code = "page_too_deep"
    message = "So many rows lie before this page that it takes too long to find; walk there by next_cursor."

    def __init__(self) -> None:
        super().__init__(details={"page": ["Lies too deep in this list in this order; cursors have no such bound."]})


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The page that a client asks for: the numbered one, or what follows ``cursor``; never both."""

    per_page: int
    number: int | None = 1
    cursor: str | None = None
    total: str | None = None

    @property
    def offset(self) -> int:
        """The count of rows that are passed over."""
        return 0 if self.number is None else (self.number - 1) * self.per_page


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list; the last one has no ``next_cursor``.

    ``more`` holds further members of the envelope.
    """

    items: Sequence[Any]
    request: ListRequest
    next_cursor: str | None
    total: Total
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total_pages(self) -> int | None:
        """The count of pages, 0 for an empty list, None when the rows were not counted."""
        return None if self.total.rows is None else -(-self.total.rows // self.request.per_page)

    def mapped(self, represent: Callable[[Any], Any]) -> ListPage:
        """Return the same page with ``represent`` applied to each item."""
        return replace(self, items=[represent(item) for item in self.items])

    def pagination(self) -> dict[str, Any]:
        """Return the ``pagination`` object of the envelope."""
        return {
            "page": self.request.number,
            "per_page": self.request.per_page,
            "total_items": self.total.rows,
            "total_pages": self.total_pages,
            "total_is": self.total.kind,
            "has_next": self.next_cursor is not None,
            "has_prev": self._has_previous(),
            "next_cursor": self.next_cursor,
        }

    def headers(self) -> dict[str, str]:
        """Return ``X-Total-Count``, if it is exact, and the ``Link`` header (RFC 8288) to pages that are known."""
        headers = {"X-Total-Count": str(self.total.rows)} if self.total.kind == EXACT else {}
        link = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in self._targets().items())
        # Four times a long query would be more than proxies take in a header; ``pagination`` tells the same.
        return {**headers, "Link": link} if link and len(link) <= MAXIMUM_LINK_CHARACTERS else headers

    def _has_previous(self) -> bool:
        return self.request.number is None or (self.request.number > 1 and self.total.rows != 0)

    def _targets(self) -> dict[str, str]:
        number = self.request.number
        if number is None:
            return {} if self.next_cursor is None else {"next": url_of_page("cursor", self.next_cursor)}
        numbers = {"first": 1}
        last = max(self.total_pages or 0, 1) if self.total.kind == EXACT else None
        if last is not None:
            numbers["last"] = last
        if self._has_previous():
            numbers["prev"] = number - 1 if last is None else min(number - 1, last)
        if self.next_cursor is not None:
            numbers["next"] = number + 1
        return {relation: url_of_page("page", str(target)) for relation, target in numbers.items()}


class ListQuerySchema(SortQuerySchema):
    """A list in a chosen order, by numbered pages or by cursors."""

    page = QueryNumber(minimum=1, maximum=MAXIMUM_PAGE, metadata={"description": "Page, from 1, which is the default."})
    cursor = fields.String(
        metadata={
            "description": "`next_cursor` of the page before, in place of `page`; sort and filters stay the same."
        }
    )
    total = fields.String(
        validate=validate.OneOf(TOTALS, error=f"Must be one of: {', '.join(TOTALS)}."),
        metadata={
            "description": "How the rows are counted. Without it exactly as long as that is cheap, else by an "
            "estimate, and not at all with a cursor."
        },
    )


class ListPaginationSchema(Schema):
    """Where a page stands in its list, and how the list goes on."""

    page = fields.Integer(required=True, allow_none=True, metadata={"description": "Null with a cursor."})
    per_page = fields.Integer(required=True)
    total_items = fields.Integer(required=True, allow_none=True)
    total_pages = fields.Integer(required=True, allow_none=True)
    total_is = fields.String(required=True, metadata={"enum": list(TOTALS)})
    has_next = fields.Boolean(required=True)
    has_prev = fields.Boolean(required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "The `cursor` of the next page, null on the last."}
    )


def read_list(
    session: DatabaseSession,
    walk: Walk,
    found: Select[Any],
    rows_of: Callable[[FromClause], Select[Any]],
    request: ListRequest,
    total: Total,
) -> ListPage:
    """Return the page of the rows of ``found`` that ``request`` asks for; empty if that is known to be past the end.

    Args:
        session: where to read.
        walk: the order.
        found: the ids of all rows of the list; only of those on the page anything else is read.
        rows_of: makes the statement for what the page shows, by joining the page, which has the columns of ``found``.
        request: which page.
        total: how many rows there are, as far as it was asked.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
        PageTooDeep: so many rows lie before a numbered page that they cannot be passed over in time.
    """
    if request.offset and total.kind == EXACT and request.offset >= (total.rows or 0):
        return ListPage([], request, None, total)

    def read(page: FromClause) -> Sequence[RowMapping]:
        statement = rows_of(page).add_columns(*walk.sort_columns(page)).order_by(*walk.order(page))
        return session.execute(statement).mappings().all()

    try:
        found_rows = _rows(session, walk, found, read, request, total)
    except OperationalError as error:
        if request.offset >= DEEP and getattr(error.orig, "pgcode", None) == QUERY_CANCELED:
            raise PageTooDeep from error
        raise
    rows, next_cursor = walk.taken(found_rows, request.per_page)
    return ListPage(rows, request, next_cursor, _corrected(total, request, len(rows), next_cursor is not None))


def _corrected(total: Total, request: ListRequest, shown: int, goes_on: bool) -> Total:
    """Return ``total``, which may be an estimate, in agreement with the page."""
    if total.kind != ESTIMATE or request.number is None or not (shown or request.offset == 0):
        return total
    least = request.offset + shown
    return Total(max(total.rows or 0, least + 1), ESTIMATE) if goes_on else Total(least, EXACT)


def _rows(
    session: DatabaseSession,
    walk: Walk,
    found: Select[Any],
    read: Callable[[FromClause], Sequence[RowMapping]],
    request: ListRequest,
    total: Total,
) -> Sequence[RowMapping]:
    """Return the rows of the page and the one after it, in whichever way looks at the fewest."""
    wanted, offset = request.per_page + 1, request.offset
    place = None if request.cursor is None else walk.place(request.cursor)
    counted = total.rows if total.kind == EXACT else None
    if found.whereclause is not None and _are_few(session, found, request, counted):
        return read(walk.page_of_few(found, wanted, offset, place))
    if is_grouped(walk) and (counted is None or counted > FEW):
        groups = Groups(session, walk, found, read)
        if place is not None:
            return groups.following(place, wanted)
        return groups.at(offset, wanted, counted) if offset else groups.first(wanted)
    if counted is not None and 0 < counted <= offset * 2:
        count = min(wanted, counted - offset)
        return read(walk.part(found, walk.keys, count, offset=counted - offset - count, backwards=True))
    return read(walk.part(found, walk.keys, wanted, offset=offset, place=place))


def _are_few(session: DatabaseSession, found: Select[Any], request: ListRequest, counted: int | None) -> bool:
    if counted is not None:
        return counted <= FEW
    # Without a wish they were counted beyond what is few.
    return request.total is not None and not has_more_than(session, found, FEW)


def list_request(arguments: Mapping[str, Any]) -> ListRequest:
    """Return the page that loaded ``ListQuerySchema`` arguments ask for.

    Raises:
        ValidationFailed: both a page and a cursor.
    """
    cursor, total = arguments.get("cursor"), arguments.get("total")
    if cursor is None:
        return ListRequest(arguments["per_page"], arguments.get("page", 1), None, total)
    if "page" in arguments:
        raise ValidationFailed(details={"cursor": ["Cannot be given together with page."]})
    return ListRequest(arguments["per_page"], None, cursor, total or NONE)
