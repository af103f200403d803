"""A work as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicekit.entity_tags import row_tag


def work_address(work_id: int) -> str:
    """Return where a work is."""
    return f"/api/v1/works/{work_id}"


def editions_address(work_id: int) -> str:
    """Return where the editions of a work are."""
    return f"{work_address(work_id)}/books"


def work_representation(work: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.get_work`` as the API shows it."""
    return {
        "id": work["id"],
        "title": work["title"],
        "author": work["author"],
        "first_year": work["first_year"],
        "editions_count": work["editions_count"],
        "created_at": work["created_at"],
        "updated_at": work["updated_at"],
        "version": work["version"],
        "etag": row_tag(work["version"], _figures(work)),
        "links": {"self": work_address(work["id"]), "editions": editions_address(work["id"])},
    }


def _figures(work: Mapping[str, Any]) -> list[Any] | None:
    """Return what is told of the editions, which change without the work."""
    return [work["editions_count"], work["first_year"], work["author"]] if work["editions_count"] else None
