"""The table of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Index, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db


class AuditEvent(db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One act or failed attempt. The role of the service may insert and select, so there is no version to count.

    ``user_id`` is whom it concerns, ``actor_id`` who did it; neither is a foreign key, for a row outlives the accounts.
    """

    __tablename__ = "audit_events"
    # One for each filter, in the order of the walk: whatever is asked for, a page is read off an index.
    __table_args__ = (
        Index(None, "occurred_at", "id"),
        Index(None, "user_id", "occurred_at", "id"),
        Index(None, "actor_id", "occurred_at", "id"),
        Index(None, "action", "occurred_at", "id"),
        Index(None, "address", "occurred_at", "id"),
        Index(None, "session_id", "occurred_at", "id"),
        Index(None, "request_id", "occurred_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    action: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    session_id: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    request_id: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    def __repr__(self) -> str:
        return f"<AuditEvent {self.id}: {self.action}>"
