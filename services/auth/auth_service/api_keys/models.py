"""The table of API keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.extensions import db
from servicekit.database import Versioned

MAXIMUM_NAME_CHARACTERS = 100


class ApiKey(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A key of a user; its id is the ``sid`` of every access token it is exchanged for.

    Its secret is known by the hash alone. The secret before the last rotation works until ``previous_valid_until``.
    ``allowed_addresses`` holds networks; none allow every address. ``known_addresses`` holds the last ones that it was
    used from (see ``usage``); neither they nor the time of the last use are a change of the key, so that ``version``
    stays.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        UniqueConstraint("previous_secret_hash"),
        # The order of the list; the id makes it total.
        Index(None, "user_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("auth.users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(MAXIMUM_NAME_CHARACTERS))
    prefix: Mapped[str] = mapped_column(String(16))
    secret_hash: Mapped[str] = mapped_column(String(64))
    previous_secret_hash: Mapped[str | None] = mapped_column(String(64))
    previous_valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    allowed_addresses: Mapped[list[str]] = mapped_column(ARRAY(String(43)))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_address: Mapped[str | None] = mapped_column(String(45))
    known_addresses: Mapped[list[str]] = mapped_column(ARRAY(String(43)), default=list)

    def __repr__(self) -> str:
        return f"<ApiKey {self.id} of user {self.user_id}>"
