"""A suggestion as clients see it."""

from __future__ import annotations

from typing import Any

from books_service.duplicates.suggestions import Suggestion


def author_suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion of two authors as the API shows it."""
    return _shown(suggestion, "/api/v1/authors", ("id", "name", "born", "died", "books_count"))


def book_suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion of two books as the API shows it."""
    return _shown(suggestion, "/api/v1/books", ("id", "title", "subtitle", "author", "year", "isbn_13"))


def _shown(suggestion: Suggestion, path: str, members: tuple[str, ...]) -> dict[str, Any]:
    both = {"source": suggestion.source, "into": suggestion.into}
    addresses = {name: f"{path}/{row['id']}" for name, row in both.items()}
    return {
        "score": suggestion.likeness.score,
        "reasons": list(suggestion.likeness.reasons),
        "doubts": list(suggestion.likeness.doubts),
        **{name: {member: row[member] for member in members} for name, row in both.items()},
        "links": {**addresses, "merge": f"{addresses['source']}/merge"},
    }
