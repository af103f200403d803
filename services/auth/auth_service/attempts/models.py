"""The table of failed attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Double, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from servicekit.database import Versioned


class FailedAttempts(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """How many attempts of one subject have failed, those under way included.

    ``failures`` is what was not forgotten at ``counted_at``, so it may be broken. ``succeeded_at`` tells, of an account
    at an address alone, when somebody last signed in there. ``user_id`` is no foreign key: its check would wait for
    whoever changes the user, in an order that can end in a deadlock.
    """

    __tablename__ = "failed_attempts"
    __table_args__ = (Index(None, "user_id"),)

    subject_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    blocked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    succeeded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<FailedAttempts of {self.kind}>"
