"""The table of row counts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import db
from servicekit.database import Versioned


class RowCount(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A share in the number of rows of a table; all shares together are the number.

    Triggers write it in the transaction that inserts or deletes. Each takes a share that nobody else holds at the
    moment, or adds one, so that writers never wait for each other here; there are as many as have ever written at once.
    """

    __tablename__ = "row_counts"
    __table_args__ = (Index("ix_row_counts_counted", "counted"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    counted: Mapped[str] = mapped_column(Text)
    # Less than none where the holder of a share deleted what others had inserted.
    rows: Mapped[int] = mapped_column(BigInteger)
