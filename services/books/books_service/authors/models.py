"""The table of authors."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import db
from servicekit.database import Versioned


class Author(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """Somebody, or some body, that books name; kept when the last book is gone."""

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("name_normalized"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_length"),
        Index("ix_authors_name_key_id", "name_key", "id"),
        Index(
            "ix_authors_name_key_trigram",
            "name_key",
            postgresql_using="gin",
            postgresql_ops={"name_key": "extensions.gin_trgm_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # Equal for names that are one, see names.identity.
    name_normalized: Mapped[str] = mapped_column(Text)
    # Folded, for search and order.
    name_key: Mapped[str] = mapped_column(Text)
