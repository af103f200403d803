"""The table of reviews."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from servicekit.database import Versioned

LOWEST_RATING, HIGHEST_RATING = 1, 5
MAXIMUM_REVIEW_CHARACTERS = 5_000


class Review(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """What one member thinks of one book; the book counts it, see figures.py."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("book_id", "user_id"),
        CheckConstraint(f"rating BETWEEN {LOWEST_RATING} AND {HIGHEST_RATING}", name="rating_range"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {MAXIMUM_REVIEW_CHARACTERS}", name="text_length"),
        Index("ix_reviews_book_id_created_at_id", "book_id", "created_at", "id"),
        Index("ix_reviews_user_id_created_at_id", "user_id", "created_at", "id"),
        Index("ix_reviews_created_at_id", "created_at", "id"),
        Index("ix_reviews_updated_at_id", "updated_at", "id"),
        Index("ix_reviews_rating_id", "rating", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    book_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.books.id", ondelete="CASCADE"))
    # The user's id in the service that knows users.
    user_id: Mapped[int] = mapped_column(BigInteger)
    rating: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
