"""A counter of failed sign-ins as the answers show it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping


def represent_counter(row: RowMapping) -> dict[str, Any]:
    """Return the JSON members of a counter of an account."""
    return {**row, "failures": int(row["failures"])}
