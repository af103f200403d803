"""The table of what is in reading lists."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from servicekit.database import Versioned

MAXIMUM_NOTE_CHARACTERS = 2_000


class ReadingListEntry(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One book in the reading list of one member, and how far the member is with it."""

    __tablename__ = "reading_list_entries"
    __table_args__ = (
        UniqueConstraint("user_id", "book_id"),
        CheckConstraint(f"char_length(note) BETWEEN 1 AND {MAXIMUM_NOTE_CHARACTERS}", name="note_length"),
        CheckConstraint("finished OR finished_on IS NULL", name="finished_on_of_finished"),
        CheckConstraint("started_on <= finished_on", name="dates_order"),
        Index("ix_reading_list_entries_user_id_created_at_id", "user_id", "created_at", "id"),
        Index("ix_reading_list_entries_book_id", "book_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    # The user's id in the service that knows users.
    user_id: Mapped[int] = mapped_column(BigInteger)
    book_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.books.id", ondelete="CASCADE"))
    finished: Mapped[bool] = mapped_column(default=False, server_default="false")
    note: Mapped[str | None] = mapped_column(Text)
    started_on: Mapped[date | None] = mapped_column(Date)
    finished_on: Mapped[date | None] = mapped_column(Date)
