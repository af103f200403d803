"""Pages of lists: what a client asks for, what it gets back, and the order of the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from marshmallow import Schema, fields, validate

from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryNumber, Text

DEFAULT_PER_PAGE = 20
MAXIMUM_PER_PAGE = 100
MAXIMUM_PAGE = 10_000_000
MAXIMUM_SORT_CHARACTERS = 200
MAXIMUM_LINK_CHARACTERS = 4096


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

    def mapped(self, represent: Callable[[Any], Any]) -> Page:
        """Return the same page with ``represent`` applied to each item."""
        return replace(self, items=[represent(item) for item in self.items])

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
        """Return ``X-Total-Count`` and the ``Link`` header (RFC 8288); the last page is before one past the end."""
        targets = {"first": 1, "last": max(self.total_pages, 1)}
        if self.request.number > 1 and self.total_pages:
            targets["prev"] = min(self.request.number - 1, self.total_pages)
        if self.request.number < self.total_pages:
            targets["next"] = self.request.number + 1
        link = ", ".join(f'<{_page_url(number)}>; rel="{relation}"' for relation, number in targets.items())
        headers = {"X-Total-Count": str(self.total_items)}
        # Four times a long query would be more than proxies take in a header; ``pagination`` tells the same.
        if len(link) <= MAXIMUM_LINK_CHARACTERS:
            headers["Link"] = link
        return headers


def _page_url(number: int) -> str:
    return url_of_page("page", str(number))


def url_of_page(parameter: str, value: str) -> str:
    """Return the address of the current request with ``parameter``, which says where in the list, set to ``value``."""
    query = [(name, given) for name, given in request.args.items(multi=True) if name != parameter]
    return f"{quote(request.path)}?{urlencode([*query, (parameter, value)])}"


class PerPage(QueryNumber):
    """How many rows a page may have; above the maximum it is clamped, not refused."""

    def __init__(self) -> None:
        description = f"Rows a page; values above {MAXIMUM_PER_PAGE} are clamped to {MAXIMUM_PER_PAGE}."
        super().__init__(
            minimum=1,
            maximum=MAXIMUM_PER_PAGE,
            clamp=True,
            load_default=DEFAULT_PER_PAGE,
            metadata={"description": description},
        )


class PageQuerySchema(Schema):
    """The query parameters of every list in numbered pages."""

    page = QueryNumber(minimum=1, maximum=MAXIMUM_PAGE, load_default=1, metadata={"description": "Page, from 1."})
    per_page = PerPage()


class SortQuerySchema(PageQuerySchema):
    """A list whose order can be chosen: ``sort=title&order=desc`` or ``sort=-year,title``."""

    sort = Text(minimum=1, maximum=MAXIMUM_SORT_CHARACTERS, metadata={"description": "Fields, a minus for descending."})
    order = fields.String(
        validate=validate.OneOf(("asc", "desc"), error="Must be asc or desc."),
        metadata={"description": "For fields that carry no minus."},
    )


def page_request(arguments: dict[str, Any]) -> PageRequest:
    """Return the page that loaded query arguments ask for."""
    return PageRequest(arguments["page"], arguments["per_page"])


def sort_keys(arguments: dict[str, Any], allowed: Collection[str], default: str) -> list[tuple[str, bool]]:
    """Return the order asked for by loaded ``SortQuerySchema`` arguments, as (field, descending) pairs.

    ``allowed`` holds the names of fields, ``default`` is the ``sort`` used when none is given; an ``order`` that is
    given alone then holds for all its fields.

    Raises:
        ValidationFailed: an unknown field, or one named twice.
    """
    order = arguments.get("order")
    if order is not None:
        default = default.replace("-", "")
    keys: dict[str, bool] = {}
    for part in arguments.get("sort", default).split(","):
        name = part.strip().removeprefix("-")
        if name not in allowed:
            raise ValidationFailed(details={"sort": [f"Must be made of: {', '.join(sorted(allowed))}."]})
        if name in keys:
            raise ValidationFailed(details={"sort": [f"{name} is named twice."]})
        keys[name] = part.strip().startswith("-") or order == "desc"
    return list(keys.items())
