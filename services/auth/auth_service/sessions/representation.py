"""A session as the answers show it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping


def represent_session(row: RowMapping, current_id: str) -> dict[str, Any]:
    """Return the JSON members of a session of which ``current_id`` is the one that asks."""
    return {**row, "current": row["id"] == current_id, "links": {"self": f"/api/v1/auth/sessions/{row['id']}"}}
