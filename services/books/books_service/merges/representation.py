"""A merge as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from books_service.merges.models import AUTHOR, BOOK

_PATHS = {AUTHOR: "/api/v1/authors", BOOK: "/api/v1/books"}


def merge_representation(merge: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.get_merge`` as the API shows it."""
    path, address = _PATHS[merge["kind"]], f"/api/v1/merges/{merge['id']}"
    return {
        "id": merge["id"],
        "kind": merge["kind"],
        "source": {"id": merge["source_id"], "name": merge["source_name"]},
        "into": {"id": merge["into_id"], "name": merge["into_name"]},
        "books_count": merge["books_count"],
        "merged_by": merge["merged_by"],
        "merged_at": merge["created_at"],
        "undone_by": merge["undone_by"],
        "undone_at": merge["undone_at"],
        "links": {
            "self": address,
            "source": f"{path}/{merge['source_id']}",
            "into": f"{path}/{merge['into_id']}",
            "undo": f"{address}/undo",
        },
    }
