"""The tables of one-time tokens and of requests for mails that nobody had to sign in for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.audit.origin import MAXIMUM_USER_AGENT_CHARACTERS
from auth_service.extensions import db
from auth_service.users.names import MAXIMUM_EMAIL_CHARACTERS
from servicekit.database import Versioned
from servicekit.work_queue import WorkItem


class OneTimeToken(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A secret that was mailed, known by its hash alone. An account has one of a kind, so the newest alone counts.

    ``email`` is the address that it proves: the one of the account, or the new one of a change.
    """

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("user_id", "kind"),
        CheckConstraint(
            "kind IN ('verify_email', 'password_reset', 'email_change_new', 'email_change_old')", name="kind"
        ),
        Index(None, "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("auth.users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(MAXIMUM_EMAIL_CHARACTERS))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<OneTimeToken {self.id}: {self.kind}>"


class RecoveryRequest(WorkItem, Versioned, db.Model):  # type: ignore[name-defined]  # as above
    """Somebody asked for a mail to an address, which may be no account's; deleted when it is answered.

    The worker looks for the account, so that the request does the same for every address.
    """

    __tablename__ = "recovery_requests"
    __table_args__ = (Index(None, "due_at", "id", postgresql_where=text("done_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(MAXIMUM_EMAIL_CHARACTERS))
    address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(MAXIMUM_USER_AGENT_CHARACTERS))
    request_id: Mapped[str | None] = mapped_column(String(128))

    def __repr__(self) -> str:
        return f"<RecoveryRequest {self.id}: {self.kind}>"
