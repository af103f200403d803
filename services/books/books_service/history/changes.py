"""How a version of a book or author came about, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

CREATED = "created"
UPDATED = "updated"
IMPORTED = "imported"
COVER_CHANGED = "cover_changed"
# A book, by a new name of one of its authors.
AUTHOR_CHANGED = "author_changed"
# A book, by the end of the account that had added it.
CREATOR_FORGOTTEN = "creator_forgotten"
# A book, by the deletion of the work that it was an edition of.
WORK_DELETED = "work_deleted"
REVERTED = "reverted"
DELETED = "deleted"
RESTORED = "restored"
# An author into whom another was merged, or a book of the other one; and when that is undone.
MERGED = "merged"
UNMERGED = "unmerged"

KINDS = (
    CREATED,
    UPDATED,
    IMPORTED,
    COVER_CHANGED,
    AUTHOR_CHANGED,
    CREATOR_FORGOTTEN,
    WORK_DELETED,
    REVERTED,
    DELETED,
    RESTORED,
    MERGED,
    UNMERGED,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What makes a new version: one of ``KINDS``, and the user who wanted it; None for imports and the service itself.

    Whoever stores a user here holds the account first, see ``accounts.presence``.
    """

    kind: str
    user_id: int | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values of the columns of ``Traced``."""
        return {"change": self.kind, "changed_by": self.user_id}


class Traced:
    """The columns of a table whose earlier versions are kept: how the present one came about, and by whom."""

    change: Mapped[str] = mapped_column(Text, default=CREATED, server_default=CREATED, nullable=False)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
