"""The columns of a book that are made from others so that lists are sorted and searched without joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from books_service.books.contributors import Contributor, display_author
from books_service.folding import fold, sort_key


def author_columns(title: str, subtitle: str | None, contributors: Sequence[Contributor]) -> dict[str, Any]:
    """Return the columns that depend on the contributors of a book: what is shown, sorted and searched."""
    author = display_author(contributors)
    names = [contributor.name for contributor in contributors]
    return {
        "author": author,
        "author_key": sort_key(author) if author else None,
        "search_key": fold(" ".join([title, subtitle or "", *names])),
    }


def derived_columns(title: str, subtitle: str | None, contributors: Sequence[Contributor]) -> dict[str, Any]:
    """Return all derived columns of a book."""
    return {"title_key": sort_key(title), **author_columns(title, subtitle, contributors)}
