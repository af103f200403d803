"""The table of works."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import db
from servicekit.database import Versioned


class Work(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """What its editions have in common; books name it by ``work_id``. Works of one title are different works."""

    __tablename__ = "works"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="title_length"),
        Index("ix_works_title_key_id", "title_key", "id"),
        Index("ix_works_created_at_id", "created_at", "id"),
        Index("ix_works_updated_at_id", "updated_at", "id"),
        Index(
            "ix_works_title_key_trigram",
            "title_key",
            postgresql_using="gin",
            postgresql_ops={"title_key": "extensions.gin_trgm_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    # Folded, for search and order.
    title_key: Mapped[str] = mapped_column(Text)
