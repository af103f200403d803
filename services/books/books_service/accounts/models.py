"""The table of accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import db
from servicekit.database import Versioned

MAXIMUM_DISPLAY_NAME_CHARACTERS = 200


class Account(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """An account as far as it is known here; there may be none for somebody who has never written anything.

    The row of a deleted account stays: it holds nothing but numbers and times, and keeps what comes late from bringing
    the account back.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            f"char_length(display_name) BETWEEN 1 AND {MAXIMUM_DISPLAY_NAME_CHARACTERS}", name="display_name_length"
        ),
        CheckConstraint("deleted_at IS NULL OR display_name IS NULL", name="deleted_nameless"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    display_name: Mapped[str | None] = mapped_column(Text)
    disabled: Mapped[bool] = mapped_column(default=False, server_default="false")
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Of the last event that was applied; see operations.apply_event.
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
