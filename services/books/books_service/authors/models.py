"""The tables of authors and of their names."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from books_service.history.changes import Traced
from servicekit.database import Versioned

# As dates.py writes them.
DATE_FORM = "^-?[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?[?~%]?$"

# Given names first, without punctuation and suffix; a function of the migrations, as those beside it.
_WORDS = f"{SCHEMA}.name_words(name_key)"


class Author(Traced, Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """Somebody, or some body, that books name; kept when the last book is gone."""

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("name_normalized"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("char_length(sort_name) BETWEEN 1 AND 100", name="sort_name_length"),
        CheckConstraint("(sort_name IS NULL) = (sort_name_key IS NULL)", name="sort_name_folded"),
        CheckConstraint(f"born ~ '{DATE_FORM}'", name="born_form"),
        CheckConstraint(f"died ~ '{DATE_FORM}'", name="died_form"),
        CheckConstraint("cardinality(identifiers) <= 20", name="identifiers_count"),
        CheckConstraint("char_length(biography) BETWEEN 1 AND 2000", name="biography_length"),
        Index("ix_authors_name_key_id", "name_key", "id"),
        Index("ix_authors_order_key_id", "order_key", "id"),
        Index("ix_authors_created_at_id", "created_at", "id"),
        Index("ix_authors_updated_at_id", "updated_at", "id"),
        Index("ix_authors_changed_by_id", "changed_by", "id", postgresql_where=text("changed_by IS NOT NULL")),
        Index("ix_authors_identifiers", "identifiers", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # Equal for names that are one, see names.identity.
    name_normalized: Mapped[str] = mapped_column(Text)
    # Folded, for search and order.
    name_key: Mapped[str] = mapped_column(Text)
    # Under which the author stands in a list where that is not the name, and the same folded.
    sort_name: Mapped[str | None] = mapped_column(Text)
    sort_name_key: Mapped[str | None] = mapped_column(Text)
    order_key: Mapped[str] = mapped_column(Text, Computed("COALESCE(sort_name_key, name_key)", persisted=True))
    born: Mapped[str | None] = mapped_column(Text)
    died: Mapped[str | None] = mapped_column(Text)
    # As scheme:value, see identifiers.py.
    identifiers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    biography: Mapped[str | None] = mapped_column(Text)


class AuthorName(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A name of an author; whichever of them is given, the author is found, so that no two authors share one.

    Position 0 is the name that the author shows. A trigger keeps it equal to that of ``authors``, so that nobody who
    writes an author has to know of this table; a variant that becomes the name is removed by it. The others are
    variants, in their order.
    """

    __tablename__ = "author_names"
    __table_args__ = (
        PrimaryKeyConstraint("author_id", "position"),
        UniqueConstraint("name_normalized"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("position BETWEEN 0 AND 100", name="position_range"),
        Index(
            "ix_author_names_name_key_trigram",
            "name_key",
            postgresql_using="gin",
            postgresql_ops={"name_key": "extensions.gin_trgm_ops"},
        ),
        Index("ix_author_names_bare_name", "bare_name"),
        Index("ix_author_names_family_key", "family_key", "bare_name", "author_id", "position"),
        Index("ix_author_names_given_key", "given_key", "bare_name", "author_id", "position"),
    )

    author_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.authors.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    name_normalized: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    # What stays of a name however it is written, to find duplicates by: its letters, the family name with an initial,
    # and the given names with the initial of the family name; the last two are None for a single word.
    bare_name: Mapped[str | None] = mapped_column(Text, Computed(f"replace({_WORDS}, ' ', '')", persisted=True))
    family_key: Mapped[str | None] = mapped_column(
        Text, Computed(f"{SCHEMA}.family_and_initial({_WORDS})", persisted=True)
    )
    given_key: Mapped[str | None] = mapped_column(
        Text, Computed(f"{SCHEMA}.given_and_initial({_WORDS})", persisted=True)
    )
