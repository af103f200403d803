"""A cover as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from books_service.covers.bounds import LARGE, THUMBNAILS
from books_service.covers.storage import address_of

# The gateway serves it from the folder of covers (gateway/snippets/covers.conf).
ADDRESS = "/covers"


def cover_representation(book: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the cover of a row of a book as the API shows it, None when it has none."""
    if book["cover_name"] is None:
        return None
    folder = f"{ADDRESS}/{address_of(book['cover_name'])}"
    return {
        "url": f"{folder}/{LARGE}.jpg",
        "width": book["cover_width"],
        "height": book["cover_height"],
        "thumbnails": {name: f"{folder}/{name}.jpg" for name in THUMBNAILS},
        "links": {"self": f"/api/v1/books/{book['id']}/cover"},
    }
