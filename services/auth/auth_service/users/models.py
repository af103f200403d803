"""The table of users."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from servicekit.database import Versioned


class User(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """Somebody who may sign in, by e-mail address or username.

    The names are kept as given and once more in the form in which they are compared (see ``names``).
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email_normalized"),
        UniqueConstraint("username_normalized"),
        CheckConstraint("role IN ('user', 'librarian', 'admin')", name="role"),
        # The order of the list; the id makes it total.
        Index(None, "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_normalized: Mapped[str] = mapped_column(String(512))
    username: Mapped[str | None] = mapped_column(String(80))
    username_normalized: Mapped[str | None] = mapped_column(String(512))
    name: Mapped[str | None] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), server_default="user")
    # Counts what ended every access token; see ``epochs``.
    token_epoch: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<User {self.id}>"
