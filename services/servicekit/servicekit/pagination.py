"""Pages of lists: what a client asks for, what it gets back, and the order of the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema

from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryNumber, Text

DEFAULT_PER_PAGE = 20
MAXIMUM_PER_PAGE = 100
MAXIMUM_PAGE = 10_000_000
MAXIMUM_SORT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page that a client asks for: ``number`` from 1, ``per_page`` from 1 to 100."""

    number: int
    per_page: int

    @property
    def offset(self) -> int:
        """The count of rows before this page."""
        return (self.number - 1) * self.per_page


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list with the count of all its rows."""

    items: Sequence[Any]
    request: PageRequest
    total_items: int

    @property
    def total_pages(self) -> int:
        """The count of pages, 0 for an empty list."""
        return -(-self.total_items // self.request.per_page)

    def pagination(self) -> dict[str, Any]:
        """Return the ``pagination`` object of the envelope."""
        return {
            "page": self.request.number,
            "per_page": self.request.per_page,
            "total_items": self.total_items,
            "total_pages": self.total_pages,
            "has_next": self.request.number < self.total_pages,
            "has_prev": self.request.number > 1 and self.total_items > 0,
        }

    def headers(self) -> dict[str, str]:
        """Return ``X-Total-Count`` and the ``Link`` header (RFC 8288) with the neighbours of this page."""
        targets = {"first": 1, "last": max(self.total_pages, 1)}
        if 1 < self.request.number <= self.total_pages + 1:
            targets["prev"] = self.request.number - 1
        if self.request.number < self.total_pages:
            targets["next"] = self.request.number + 1
        links = [f'<{_page_url(number)}>; rel="{relation}"' for relation, number in targets.items()]
        return {"X-Total-Count": str(self.total_items), "Link": ", ".join(links)}


def _page_url(number: int) -> str:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.path}?{urlencode([*query, ('page', str(number))])}"


class PageQuerySchema(Schema):
    """The query parameters of every list; ``per_page`` above the maximum is clamped, not refused."""

    page = QueryNumber(minimum=1, maximum=MAXIMUM_PAGE, load_default=1, metadata={"description": "Page, from 1."})
    per_page = QueryNumber(
        minimum=1,
        maximum=10**18,
        load_default=DEFAULT_PER_PAGE,
        metadata={"description": f"Rows a page; values above {MAXIMUM_PER_PAGE} are clamped to {MAXIMUM_PER_PAGE}."},
    )


class SortQuerySchema(PageQuerySchema):
    """A list whose order can be chosen: ``sort=title&order=desc`` or ``sort=-year,title``."""

    sort = Text(minimum=1, maximum=MAXIMUM_SORT_CHARACTERS, metadata={"description": "Fields, a minus for descending."})
    order = Text(minimum=1, maximum=4, metadata={"description": "asc or desc, for fields that carry no minus."})


def page_request(arguments: dict[str, Any]) -> PageRequest:
    """Return the page that loaded query arguments ask for."""
    return PageRequest(arguments["page"], min(arguments["per_page"], MAXIMUM_PER_PAGE))


def sort_keys(arguments: dict[str, Any], allowed: Collection[str], default: str) -> list[tuple[str, bool]]:
    """Return the order asked for as (field, descending) pairs; ``default`` is used when none is given.

    Raises:
        ValidationFailed: an unknown field, one named twice, or an order that is neither asc nor desc.
    """
    order = arguments.get("order", "asc")
    if order not in ("asc", "desc"):
        raise ValidationFailed(details={"order": ["Must be asc or desc."]})
    if "order" in arguments and "sort" not in arguments:
        default = default.lstrip("-")
    keys: list[tuple[str, bool]] = []
    for part in arguments.get("sort", default).split(","):
        name = part.strip().removeprefix("-")
        if name not in allowed:
            raise ValidationFailed(details={"sort": [f"Must be made of: {', '.join(sorted(allowed))}."]})
        if name in (key for key, _ in keys):
            raise ValidationFailed(details={"sort": [f"{name} is named twice."]})
        keys.append((name, part.strip().startswith("-") or order == "desc"))
    return keys
