"""The tables of books and of their contributors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from books_service.extensions import SCHEMA, db
from books_service.history.changes import Traced
from books_service.search.levels import LEVELS
from servicekit.database import Versioned


def place_in_sample(book_id: Any) -> Any:
    """Return the place of a book in an order that has nothing to do with anything else: a sample is where it begins."""
    return func.hashint8(book_id)


def _trigrams(column: str) -> Index:
    return Index(
        f"ix_books_{column}_trigram",
        column,
        postgresql_using="gin",
        postgresql_ops={column: "extensions.gin_trgm_ops"},
    )


class Book(Traced, Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """A book of the catalogue; an ISBN names at most one."""

    __tablename__ = "books"
    __table_args__ = (
        UniqueConstraint("isbn_13"),
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("char_length(subtitle) BETWEEN 1 AND 200", name="subtitle_length"),
        CheckConstraint("char_length(description) BETWEEN 1 AND 2000", name="description_length"),
        CheckConstraint("char_length(publisher) BETWEEN 1 AND 200", name="publisher_length"),
        CheckConstraint("char_length(language) BETWEEN 2 AND 64", name="language_length"),
        CheckConstraint("year BETWEEN -4000 AND 9999", name="year_range"),
        CheckConstraint("page_count BETWEEN 1 AND 50000", name="page_count_range"),
        CheckConstraint("isbn_13 ~ '^97[89][0-9]{10}$'", name="isbn_13_form"),
        CheckConstraint("cardinality(subjects) <= 50", name="subjects_count"),
        CheckConstraint("char_length(series_name) BETWEEN 1 AND 200", name="series_name_length"),
        CheckConstraint("char_length(series_number) BETWEEN 1 AND 30", name="series_number_length"),
        CheckConstraint("series_number IS NULL OR series_name IS NOT NULL", name="series_number_of_series"),
        CheckConstraint("cardinality(identifiers) <= 20", name="identifiers_count"),
        CheckConstraint("average_rating >= 0", name="average_rating_range"),
        CheckConstraint("ratings_count >= 0", name="ratings_count_range"),
        CheckConstraint("reviews_sum BETWEEN reviews_count AND 5 * reviews_count", name="reviews_sum_range"),
        CheckConstraint("cover_name ~ '^[0-9a-f]{32}$'", name="cover_name_form"),
        CheckConstraint("num_nulls(cover_name, cover_width, cover_height) IN (0, 3)", name="cover_whole"),
        Index("ix_books_created_at_id", "created_at", "id"),
        Index("ix_books_title_key_id", "title_key", "id"),
        Index("ix_books_author_key_id", "author_key", "id"),
        Index("ix_books_year_id", "year", "id"),
        Index("ix_books_updated_at_id", "updated_at", "id"),
        Index("ix_books_average_rating_id", "average_rating", "id"),
        Index("ix_books_ratings_count_id", "ratings_count", "id"),
        Index("ix_books_language", "language"),
        Index("ix_books_publisher", "publisher"),
        Index("ix_books_subtitle", "subtitle"),
        Index("ix_books_series_number", "series_number"),
        Index("ix_books_page_count", "page_count"),
        Index("ix_books_subjects", "subjects", postgresql_using="gin"),
        # Whether there is one: in either answer the many rows that have the other are passed over.
        Index("ix_books_description_known", text("num_nonnulls(description)")),
        Index("ix_books_subjects_count", text("cardinality(subjects)")),
        Index("ix_books_identifiers_count", text("cardinality(identifiers)")),
        Index("ix_books_series_key_id", "series_key", "id"),
        Index("ix_books_identifiers", "identifiers", postgresql_using="gin"),
        Index("ix_books_reviews_count_id", "reviews_count", "id"),
        Index("ix_books_review_average_id", "review_average", "id"),
        Index("ix_books_work_id_id", "work_id", "id", postgresql_where=text("work_id IS NOT NULL")),
        Index("ix_books_created_by_id", "created_by", "id", postgresql_where=text("created_by IS NOT NULL")),
        Index("ix_books_popularity_id", "popularity", "id"),
        Index("ix_books_cover_name", "cover_name", postgresql_where=text("cover_name IS NOT NULL")),
        Index("ix_books_changed_by_id", "changed_by", "id", postgresql_where=text("changed_by IS NOT NULL")),
        # Holds what it hashes, or the table would be looked at for the order alone.
        Index("ix_books_hash_of_id_id", text("hashint8(id)"), "id"),
        # To find duplicates by: the letters of a title without article and subtitle, by a function of the migrations.
        Index(
            "ix_books_main_title",
            text(f"{SCHEMA}.main_title(title_key)"),
            text("left(COALESCE(author_key, ''), 100)"),
            "id",
        ),
        _trigrams("title_key"),
        # What was written last is read from end to end by every search, so it may not grow long.
        Index(
            "ix_books_search_vector_levels",
            "search_vector",
            text(f"({LEVELS})"),
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 256},
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    subtitle: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    publisher: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    year: Mapped[int | None]
    page_count: Mapped[int | None]
    isbn_13: Mapped[str | None] = mapped_column(CHAR(13))
    subjects: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    series_name: Mapped[str | None] = mapped_column(Text)
    series_number: Mapped[str | None] = mapped_column(Text)
    # As scheme:value, see identifiers.py.
    identifiers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Of what the book is an edition, if that is known.
    work_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.works.id", ondelete="SET NULL"))
    # Figures of other catalogues, set by imports only.
    average_rating: Mapped[float | None] = mapped_column(Double)
    ratings_count: Mapped[int | None]
    # Of the reviews of members, see reviews/figures.py.
    reviews_count: Mapped[int] = mapped_column(default=0, server_default="0")
    reviews_sum: Mapped[int] = mapped_column(default=0, server_default="0")
    review_average: Mapped[float | None] = mapped_column(
        Double, Computed("reviews_sum::double precision / nullif(reviews_count, 0)", persisted=True)
    )
    # The folder of its images, see covers/storage.py, and the size of the largest.
    cover_name: Mapped[str | None] = mapped_column(Text)
    cover_width: Mapped[int | None]
    cover_height: Mapped[int | None]
    # The user's id in the service that knows users; None for what was imported, or when that account is deleted.
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    # Made from the columns above and from the contributors, see keys.py.
    author: Mapped[str | None] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(Text)
    author_key: Mapped[str | None] = mapped_column(Text)
    # See series.py.
    series_key: Mapped[str | None] = mapped_column(Text)
    search_vector: Mapped[str] = mapped_column(TSVECTOR, server_default="")
    # Which of many books that match a search are looked at first.
    popularity: Mapped[int] = mapped_column(
        BigInteger, Computed("COALESCE(ratings_count, 0)::bigint + reviews_count", persisted=True)
    )
    # Only the release before this one reads and writes it, while replicas are replaced one after the other.
    search_key: Mapped[str] = mapped_column(Text, server_default="")


class BookAuthor(Versioned, db.Model):  # type: ignore[name-defined]  # flask-sqlalchemy makes it at run time
    """One contributor to a book, at a position in the order that the book shows."""

    __tablename__ = "book_authors"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "position"),
        UniqueConstraint("book_id", "author_id", "role"),
        CheckConstraint("position BETWEEN 0 AND 49", name="position_range"),
        CheckConstraint(
            "role IN ('author', 'editor', 'translator', 'illustrator', 'foreword', 'afterword', 'compiler', "
            "'contributor')",
            name="role_known",
        ),
        Index("ix_book_authors_author_id", "author_id"),
    )

    book_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.books.id", ondelete="CASCADE"))
    position: Mapped[int]
    author_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(f"{SCHEMA}.authors.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text, server_default="author")
