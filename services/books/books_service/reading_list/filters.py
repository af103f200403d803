"""Which entries a reading list shows: the query parameters as conditions of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from books_service.reading_list.models import ReadingListEntry

_FILTERS = ("finished", "book_id")


def entry_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for."""
    return [ReadingListEntry.__table__.c[name] == arguments[name] for name in _FILTERS if name in arguments]
