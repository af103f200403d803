"""Which reviews a list holds: the query parameters as conditions of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from books_service.reviews.models import Review

_FILTERS = ("book_id", "user_id", "rating")


def review_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for."""
    return [Review.__table__.c[name] == arguments[name] for name in _FILTERS if name in arguments]
