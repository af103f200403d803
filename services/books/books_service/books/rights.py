"""Who may change a book."""

from __future__ import annotations

from collections.abc import Collection

from books_service.books.errors import NotYourBook

CURATE = "books:curate"


def check_may_change(created_by: int | None, user_id: int, scopes: Collection[str]) -> None:
    """Return when ``user_id`` may change a book that ``created_by`` has added.

    Raises:
        NotYourBook: when they are two, and the caller does not curate the catalogue.
    """
    if created_by != user_id and CURATE not in scopes:
        raise NotYourBook(CURATE)
