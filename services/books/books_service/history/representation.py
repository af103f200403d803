"""Versions as clients see them, and how two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from books_service.authors.representation import author_representation
from books_service.books.representation import book_representation
from books_service.history import rows
from books_service.history.snapshots import AUTHOR, BOOK, Entity

# What says nothing of how it was then: relations, and figures that no version holds.
NOT_OF_BOOK_VERSIONS = frozenset({"created_by", "reviews", "etag", "links"})
NOT_OF_AUTHOR_VERSIONS = frozenset({"books_count", "etag", "links"})
# What differs in every version, or follows from another member.
_NOT_COMPARED = frozenset({"id", "version", "created_at", "updated_at", "isbn_10", "author"})


@dataclass(frozen=True, slots=True)
class Shown:
    """How the versions of one entity are shown: under which name, at which address, as which members."""

    entity: Entity
    path: str
    represent: Callable[[Mapping[str, Any]], dict[str, Any]]
    left_out: frozenset[str]

    def revision(self, revision: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of ``queries.get_revision`` as lists show it."""
        changes = self._changes(revision)
        address = f"{self.path}/{revision['entity_id']}"
        return {
            "version": revision["number"],
            "change": revision["change"],
            "changed_by": revision["changed_by"],
            "changed_at": revision["changed_at"],
            "fields": None if changes is None else [change["field"] for change in changes],
            "links": {"self": f"{address}/revisions/{revision['number']}", self.entity.name: address},
        }

    def revision_with_content(self, revision: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of ``queries.get_revision`` with the book or author as it was, and what had changed."""
        content = self._content(revision, revision["snapshot"])
        return {**self.revision(revision), self.entity.name: content, "changes": self._changes(revision)}

    def _content(self, revision: Mapping[str, Any], snapshot: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if snapshot is None:
            return None
        represented = self.represent(rows.row_of(self.entity, revision, snapshot))
        return {name: value for name, value in represented.items() if name not in self.left_out}

    def _changes(self, revision: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Return the members that differ from the version before; None when there is none to compare with."""
        old, new = (self._content(revision, revision[name]) for name in ("before", "snapshot"))
        if old is None or new is None:
            return None
        return [
            {"field": name, "old": old[name], "new": new[name]}
            for name in new
            if name not in _NOT_COMPARED and old[name] != new[name]
        ]


BOOKS = Shown(BOOK, "/api/v1/books", book_representation, NOT_OF_BOOK_VERSIONS)
AUTHORS = Shown(
    AUTHOR, "/api/v1/authors", lambda row: author_representation({**row, "books_count": 0}), NOT_OF_AUTHOR_VERSIONS
)


def deleted_book_representation(deletion: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.list_deletions`` of books as the API shows it."""
    shown = ("title", "author")
    return {**_deletion(BOOKS, deletion), **{name: deletion["snapshot"].get(name) for name in shown}}


def deleted_author_representation(deletion: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.list_deletions`` of authors as the API shows it."""
    return {**_deletion(AUTHORS, deletion), "name": deletion["snapshot"]["name"]}


def _deletion(shown: Shown, deletion: Mapping[str, Any]) -> dict[str, Any]:
    address = f"{shown.path}/{deletion['entity_id']}"
    return {
        "id": deletion["entity_id"],
        "version": deletion["number"],
        "deleted_by": deletion["deleted_by"],
        "deleted_at": deletion["deleted_at"],
        "links": {"revisions": f"{address}/revisions", "restore": f"{address}/restore"},
    }
