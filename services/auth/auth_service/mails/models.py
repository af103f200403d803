"""The table of mails."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from auth_service.users.names import MAXIMUM_EMAIL_CHARACTERS
from servicekit.database import Versioned
from servicekit.work_queue import WorkItem

MAXIMUM_SUBJECT_CHARACTERS = 200


class Mail(WorkItem, Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One mail to one recipient.

    What it says holds secrets, so ``text`` and ``html`` are emptied when it is done: sent, or with ``failed_at`` given
    up, for the reason in ``last_error``. After ``expires_at`` it would be of no use and is not sent any more.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index(None, "user_id"),
        Index(None, "due_at", "id", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("auth.users.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(String(MAXIMUM_EMAIL_CHARACTERS))
    subject: Mapped[str] = mapped_column(String(MAXIMUM_SUBJECT_CHARACTERS))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<Mail {self.id}>"
