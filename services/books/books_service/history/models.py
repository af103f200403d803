"""The tables of versions that are no more, and of what was deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from servicekit.database import Versioned

ENTITY_KNOWN = "entity IN ('book', 'author')"


class Revision(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A version of a book or author that another one has followed, or the version that a deletion made.

    The present version is the row of the book or author itself. The role of the service may add a revision and forget
    who made it, and nothing else.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("entity", "entity_id", "number"),
        CheckConstraint(ENTITY_KNOWN, name="entity_known"),
        CheckConstraint("(change = 'deleted') = (snapshot IS NULL)", name="deletion_empty"),
        Index("ix_revisions_changed_by", "changed_by", postgresql_where=text("changed_by IS NOT NULL")),
        # For covers/queries.py.
        Index(
            "ix_revisions_cover_name",
            text("(snapshot ->> 'cover_name')"),
            postgresql_where=text("(snapshot ->> 'cover_name') IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    entity: Mapped[str] = mapped_column(Text)
    # No foreign key: it outlives the row.
    entity_id: Mapped[int] = mapped_column(BigInteger)
    # The version of the book or author; ``version`` counts the changes of this row, as in every table.
    number: Mapped[int]
    change: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # See snapshots.py; members without a value are left out.
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Deletion(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A book or author that is deleted; gone when the deletion is undone."""

    __tablename__ = "deletions"
    __table_args__ = (
        UniqueConstraint("entity", "entity_id"),
        CheckConstraint(ENTITY_KNOWN, name="entity_known"),
        Index("ix_deletions_entity_id", "entity", "id"),
        Index("ix_deletions_deleted_by", "deleted_by", postgresql_where=text("deleted_by IS NOT NULL")),
        Index("ix_deletions_added_by", "added_by", postgresql_where=text("added_by IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    entity: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int] = mapped_column(BigInteger)
    # The version that the deletion made; the one before holds what was deleted.
    number: Mapped[int]
    deleted_by: Mapped[int | None] = mapped_column(BigInteger)
    # ``created_by`` of a book, which no snapshot holds, so that it can be forgotten.
    added_by: Mapped[int | None] = mapped_column(BigInteger)


class DeletedRow(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A row of another table that went with what was deleted, kept so that it can come back with it."""

    __tablename__ = "deleted_rows"
    __table_args__ = (
        Index("ix_deleted_rows_deletion_id", "deletion_id"),
        Index("ix_deleted_rows_user_id", "user_id", postgresql_where=text("user_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    deletion_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.deletions.id", ondelete="CASCADE"))
    # Of which table it was.
    origin: Mapped[str] = mapped_column(Text)
    # Whose it was; None for a row of nobody's.
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    row: Mapped[dict[str, Any]] = mapped_column(JSONB)
