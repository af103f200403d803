"""An entry of a reading list as its owner sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicekit.entity_tags import row_tag


def entry_representation(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.get_entry`` as the API shows it."""
    book = f"/api/v1/books/{entry['book_id']}"
    return {
        "id": entry["id"],
        "book": {
            "id": entry["book_id"],
            "title": entry["book_title"],
            "author": entry["book_author"],
            "links": {"self": book, "reviews": f"{book}/reviews"},
        },
        "finished": entry["finished"],
        "note": entry["note"],
        "started_on": entry["started_on"],
        "finished_on": entry["finished_on"],
        "created_at": entry["created_at"],
        "updated_at": entry["updated_at"],
        "version": entry["version"],
        "etag": row_tag(entry["version"], [entry["book_title"], entry["book_author"]]),
        "links": {"self": f"/api/v1/reading-list/{entry['id']}", "book": book},
    }
