"""Suggestions as clients see them."""

from __future__ import annotations

from typing import Any

from books_service.search.suggestions import Suggestion
from books_service.search.vector import TITLE


def suggestion_representation(found: Suggestion) -> dict[str, Any]:
    """Return a suggestion as the API shows it."""
    kind, address = ("title", "/api/v1/books") if found.kind == TITLE else ("author", "/api/v1/authors")
    return {
        "kind": kind,
        "text": found.text,
        "author": found.author,
        "id": found.id,
        "links": {"self": f"{address}/{found.id}"},
    }
