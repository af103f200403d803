"""An author as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from books_service.identifiers import shown_identifier
from servicekit.entity_tags import row_tag


def author_representation(author: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.get_author`` as the API shows it."""
    address = f"/api/v1/authors/{author['id']}"
    return {
        "id": author["id"],
        "name": author["name"],
        "sort_name": author["sort_name"],
        "variants": author["variants"],
        "born": author["born"],
        "died": author["died"],
        "identifiers": [shown_identifier(identifier) for identifier in author["identifiers"]],
        "biography": author["biography"],
        "books_count": author["books_count"],
        "created_at": author["created_at"],
        "updated_at": author["updated_at"],
        "version": author["version"],
        "etag": author_tag(author),
        "links": {"self": address, "books": f"{address}/books"},
    }


def author_tag(author: Mapping[str, Any]) -> str:
    """Return the entity tag of a row of ``queries.get_author``."""
    return row_tag(author["version"], author["books_count"])
