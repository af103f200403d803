"""The table of account events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from servicekit.database import Versioned
from servicekit.work_queue import WorkItem

MAXIMUM_REQUEST_ID_CHARACTERS = 64


class AccountEvent(WorkItem, Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """Something that happened to an account and that other services have to know; done when they have it.

    ``id`` gives the order of the events of one account. There is no foreign key: the event outlives the account.
    ``payload`` is emptied when it is done.
    """

    __tablename__ = "account_events"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index(None, "due_at", "id", postgresql_where=text("done_at IS NULL")),
        Index(None, "user_id", "id", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    # Of the request in which it happened, so that the receiver's log can be followed back to it.
    request_id: Mapped[str | None] = mapped_column(String(MAXIMUM_REQUEST_ID_CHARACTERS))

    def __repr__(self) -> str:
        return f"<AccountEvent {self.id}: {self.kind}>"
