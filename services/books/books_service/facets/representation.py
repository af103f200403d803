"""Facets as clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement

from books_service.books.models import Book
from books_service.facets.queries import FacetValue, count_facets
from books_service.row_counts.queries import list_total
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage
from servicekit.totals import COUNTED_EXACTLY, ESTIMATE, EXACT


def with_facets(
    session: DatabaseSession, page: ListPage, conditions: Sequence[ColumnElement[bool]], names: Sequence[str]
) -> ListPage:
    """Return ``page`` of the books that meet ``conditions`` with the facets ``names`` of all of them.

    One statement, and one more to count the books if the page did not, or only estimates.
    """
    if not names:
        return page
    total = page.total
    counted = total.kind == EXACT or (page.request.total is None and (total.rows or 0) > COUNTED_EXACTLY)
    if not counted:
        total = list_total(session, Book.__table__, conditions, None)
    facets = count_facets(session, conditions, names, total)
    shown = {name: [_represented(value) for value in facets.values[name]] for name in names}
    more = {"facets": shown, "facets_are": EXACT if facets.exact else ESTIMATE}
    return replace(page, more={**page.more, **more})


def _represented(value: FacetValue) -> dict[str, Any]:
    shown = {"value": value.value, "count": value.count}
    return shown if value.id is None else {**shown, "id": value.id}
