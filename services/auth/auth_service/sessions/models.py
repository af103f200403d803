"""The tables of sessions and of the refresh tokens that continue them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.audit.origin import MAXIMUM_USER_AGENT_CHARACTERS
from auth_service.extensions import db
from servicekit.database import Versioned


class UserSession(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One sign-in; its id is the ``sid`` of every access token issued in it.

    ``last_used_at``, ``address`` and ``user_agent`` tell when, from where and by what its latest access token was asked
    for, ``expires_at`` when its latest refresh token ends. ``access_expires_at`` is when no access token of it is good
    any more, which the latest need not be the last to be: the life of new ones may have been made shorter meanwhile.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("auth.users.id", ondelete="CASCADE"))
    last_used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # A release that does not know the column leaves it at the longest life there is.
    access_expires_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now() + interval '1 day'")
    )
    address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(MAXIMUM_USER_AGENT_CHARACTERS))

    def __repr__(self) -> str:
        return f"<UserSession of user {self.user_id}>"


class RefreshToken(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A refresh token, known by its hash alone; once used it stays, so that its reuse is noticed (RFC 9700)."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "session_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str] = mapped_column(String(32), ForeignKey("auth.sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<RefreshToken {self.id}>"
