"""The columns of a book that are made from others so that lists are sorted and searched without joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from books_service.books.contributors import Contributor, display_author
from books_service.folding import sort_key
from books_service.search.vector import search_vector

# The columns of a book that derived ones are made from.
SOURCES = ("title", "subtitle", "series_name", "description", "publisher", "subjects")


def author_columns(book: Mapping[str, Any], contributors: Sequence[Contributor]) -> dict[str, Any]:
    """Return the columns that depend on the contributors of a book: what is shown, sorted and searched.

    ``book`` holds the ``SOURCES``; those that are missing count as empty. ``contributors`` come with their variants.
    """
    author = display_author(contributors)
    return {
        "author": author,
        "author_key": sort_key(author) if author else None,
        "search_vector": search_vector(
            title=book["title"],
            subtitle=book.get("subtitle"),
            series=book.get("series_name"),
            contributors=[name for contributor in contributors for name in (contributor.name, *contributor.variants)],
            subjects=book.get("subjects") or (),
            publisher=book.get("publisher"),
            description=book.get("description"),
        ),
    }


def derived_columns(book: Mapping[str, Any], contributors: Sequence[Contributor]) -> dict[str, Any]:
    """Return all derived columns of a book that holds the ``SOURCES``."""
    return {"title_key": sort_key(book["title"]), **author_columns(book, contributors)}
