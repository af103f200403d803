"""From a snapshot back to a row, also one that is older than some of the columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Integer
from sqlalchemy.dialects.postgresql import ARRAY

from books_service.history.snapshots import Entity


def row_of(entity: Entity, revision: Mapping[str, Any], snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``snapshot``, which ``revision`` names, as the row it was made of; what it does not hold is empty."""
    row: dict[str, Any] = {column.name: _value(snapshot.get(column.name), column) for column in entity.table.c}
    row.update({part: snapshot.get(part, []) for part in entity.parts})
    return {
        **row,
        "id": revision["entity_id"],
        "version": revision["number"],
        "updated_at": revision["changed_at"],
    }


def _value(value: Any, column: Column[Any]) -> Any:
    if value is None and not column.nullable:
        return [] if isinstance(column.type, ARRAY) else 0 if isinstance(column.type, Integer) else None
    return datetime.fromisoformat(value) if value is not None and isinstance(column.type, DateTime) else value
