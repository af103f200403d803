"""The tables of merges and of what they moved."""

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
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from servicekit.database import Versioned

AUTHOR, BOOK = KINDS = ("author", "book")


class Merge(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One record that became part of another; while the merge stands, the row of the one is nowhere but here.

    A merge that was undone is kept, too.
    """

    __tablename__ = "merges"
    __table_args__ = (
        CheckConstraint("kind IN ('author', 'book')", name="kind_known"),
        CheckConstraint("source_id <> into_id", name="into_another"),
        # Where an id has gone: one place at a time.
        Index("uq_merges_kind_source_id", "kind", "source_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        Index("ix_merges_kind_into_id", "kind", "into_id", "id"),
        Index("ix_merges_source_id", "source_id"),
        Index("ix_merges_merged_by", "merged_by", postgresql_where=text("merged_by IS NOT NULL")),
        Index("ix_merges_undone_by", "undone_by", postgresql_where=text("undone_by IS NOT NULL")),
        Index("ix_merges_added_by", "added_by", postgresql_where=text("added_by IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    # No foreign keys: the one is gone while the merge stands, and the other may be deleted or merged, too.
    source_id: Mapped[int] = mapped_column(BigInteger)
    into_id: Mapped[int] = mapped_column(BigInteger)
    # Of an author the row that is gone, with its variants. Of a book its title as ``name`` and its version, under which
    # history/ has the rest.
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # What the other one took over because it had none.
    taken: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # None when that account is deleted.
    merged_by: Mapped[int | None] = mapped_column(BigInteger)
    # ``created_by`` of a book, which no version holds, so that it can be forgotten.
    added_by: Mapped[int | None] = mapped_column(BigInteger)
    undone_by: Mapped[int | None] = mapped_column(BigInteger)
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class MergedContributor(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A book that named the author who is gone, in which role and at which position.

    Dropped is what the book said of the other author already.
    """

    __tablename__ = "merged_contributors"
    __table_args__ = (
        PrimaryKeyConstraint("merge_id", "book_id", "role"),
        Index("ix_merged_contributors_book_id_role", "book_id", "role"),
    )

    merge_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.merges.id", ondelete="CASCADE"))
    # No foreign key: a book that is deleted may come back.
    book_id: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    dropped: Mapped[bool]


class MergedRow(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A row of another table that went with a book: to the other book, or here because its owner has one there.

    Gone when the merge is undone.
    """

    __tablename__ = "merged_rows"
    __table_args__ = (
        CheckConstraint("user_id IS NULL OR row IS NOT NULL", name="owner_of_kept"),
        Index("ix_merged_rows_merge_id", "merge_id"),
        # For imports/queries.py.
        Index("ix_merged_rows_origin_row_id", "origin", "row_id"),
        Index("ix_merged_rows_user_id", "user_id", postgresql_where=text("user_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    merge_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.merges.id", ondelete="CASCADE"))
    # Of which table it is.
    origin: Mapped[str] = mapped_column(Text)
    # No foreign key: it may be deleted, and come back.
    row_id: Mapped[int] = mapped_column(BigInteger)
    # Whose a row is that is nowhere but here; None for one that moved.
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    # As it was. None for what moved and is somebody's: nothing of it is kept twice.
    row: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
