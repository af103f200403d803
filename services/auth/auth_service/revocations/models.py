"""The table of revocations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from servicekit.database import Versioned


class Revocation(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """What every service refuses until ``expires_at``, when no token of it can be alive any more.

    ``name`` is one of those that ``servicekit.revocation`` makes. There is no foreign key: a revocation outlives the
    account that it is about.
    """

    __tablename__ = "revocations"
    __table_args__ = (Index(None, "expires_at"),)

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<Revocation {self.name}>"
