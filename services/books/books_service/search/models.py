"""The table of words that books hold."""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import db
from servicekit.database import Versioned


class SearchWord(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A word of titles, names, subjects, series or publishers: what misspelt words are corrected to.

    Written by triggers on books, see the migration. A word may be there twice, when two transactions add it at once: a
    unique index would have writers wait for each other, in any order. One that no book holds any more stays.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        Index("ix_search_words_word", "word"),
        Index(
            "ix_search_words_word_trigram",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "extensions.gin_trgm_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    word: Mapped[str] = mapped_column(Text)
