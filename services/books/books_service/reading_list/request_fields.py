"""Request fields that know how a day and a yes or no are written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields

WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_DAY = date(1900, 1, 1)


class Flag(fields.Boolean):
    """A JSON boolean; 1, "true" and whatever else means one elsewhere is refused."""

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class PastDay(fields.Date):
    """A day that has begun somewhere on Earth, as YYYY-MM-DD; null for none.

    What else ISO 8601 has for days (weeks, no hyphens) is refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        about = {"description": f"A day from {EARLIEST_DAY} until today, such as 2026-01-31."}
        super().__init__(allow_none=True, metadata=about, **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> date:
        problem = "Not a day written as YYYY-MM-DD."
        if not isinstance(value, str) or not WRITTEN_DAY.fullmatch(value):
            raise ValidationError(problem)
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(problem) from error
        # The date in the zone that is furthest ahead.
        latest = (datetime.now(UTC) + timedelta(hours=14)).date()
        if not EARLIEST_DAY <= day <= latest:
            raise ValidationError(f"Must be from {EARLIEST_DAY} to {latest}.")
        return day
