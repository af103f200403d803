"""Who made a book: the names and roles that a client sends, compared with those that a book has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from books_service.authors.names import identity

AUTHOR = "author"
ROLES = (AUTHOR, "editor", "translator", "illustrator", "foreword", "afterword", "compiler", "contributor")
MAXIMUM_CONTRIBUTORS = 50
SEPARATOR = ", "


@dataclass(frozen=True, slots=True)
class Contributor:
    """A name, trimmed and collapsed, in one of ``ROLES``; where it is known, with what else the author is called."""

    name: str
    role: str = AUTHOR
    variants: tuple[str, ...] = field(default=(), compare=False)

    @property
    def identity(self) -> tuple[str, str]:
        """What two contributors to one book may not share."""
        return identity(self.name), self.role


class ContributorsContradict(ValueError):
    """The author and the authors of one request are not the same people."""


def display_author(contributors: Sequence[Contributor]) -> str | None:
    """Return the names of the authors as one text; of all contributors when none is an author, None without any."""
    authors = [contributor.name for contributor in contributors if contributor.role == AUTHOR]
    return SEPARATOR.join(authors or [contributor.name for contributor in contributors]) or None


def repeated(contributors: Sequence[Contributor]) -> int | None:
    """Return the position of the first contributor that an earlier one equals, None when all differ."""
    seen: set[tuple[str, str]] = set()
    for position, contributor in enumerate(contributors):
        if contributor.identity in seen:
            return position
        seen.add(contributor.identity)
    return None


def wanted_contributors(
    author: str | None, authors: Sequence[Contributor] | None, current: Sequence[Contributor], *, author_given: bool
) -> list[Contributor] | None:
    """Return the contributors that a request asks for, None when it asks for no change.

    Args:
        author: the display string or single name that was sent; it counts only with ``author_given``.
        authors: the contributors that were sent, None when there was no such field.
        current: what the book has; empty for a new one.
        author_given: whether ``author`` was sent at all.

    Raises:
        ContributorsContradict: ``author`` is neither what the book shows nor what ``authors`` would show.
    """
    if author_given and not _same(author, display_author(current)):
        if authors is None:
            return [] if author is None else [Contributor(author)]
        if not _same(author, display_author(authors)):
            raise ContributorsContradict
    if authors is None or [c.identity for c in authors] == [c.identity for c in current]:
        return None
    return list(authors)


def _same(one: str | None, other: str | None) -> bool:
    return identity(one or "") == identity(other or "")
