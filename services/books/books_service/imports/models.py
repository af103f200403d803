"""The table that remembers which row of which source became which book."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from servicekit.database import Versioned


class ImportedRecord(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A row of a source as it was when it was last applied to its book; gone with the book."""

    __tablename__ = "imported_records"
    __table_args__ = (
        UniqueConstraint("source", "record_key"),
        CheckConstraint("char_length(source) BETWEEN 1 AND 100", name="source_length"),
        Index("ix_imported_records_book_id", "book_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    record_key: Mapped[str] = mapped_column(Text)
    book_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.books.id", ondelete="CASCADE"))
    # Of the row's values: a row that has the same again is not applied again.
    digest: Mapped[str] = mapped_column(Text)
    # The version that the import made of the book; another one now means that somebody has changed it since. None for a
    # book that the import found and did not make.
    book_version: Mapped[int | None]
