"""Books as clients see them with what they asked to have inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from books_service.books.representation import book_representation
from books_service.embeds.registry import EMBEDS
from servicekit.database import DatabaseSession

# The members of a book that are there when they are asked for, whatever ``fields`` says.
EMBEDDED = ("embedded",)


def embedding(
    session: DatabaseSession, books: Sequence[Mapping[str, Any]], include: Sequence[str]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what makes of each of ``books``, rows of ``get_book``, what the API shows with what ``include`` names.

    The tag of a book then tells of what is embedded, too. One statement for each name in ``include``, which are names
    of ``EMBEDS``, at most, whatever the number of rows.
    """
    if not include:
        return book_representation
    loaded = {name: EMBEDS[name].load(session, books) for name in include} if books else {}

    def represent(book: Mapping[str, Any]) -> dict[str, Any]:
        embedded = {name: found.get(book["id"], []) for name, found in loaded.items()}
        # With their addresses, since two reviews may have the same tag.
        tags = {name: [[one["links"]["self"], one["etag"]] for one in shown] for name, shown in embedded.items()}
        return {**book_representation(book, tags), "embedded": embedded}

    return represent
