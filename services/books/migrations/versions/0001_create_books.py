"""Create books, authors and the contributors that tie them together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "books"
ROLES = ("author", "editor", "translator", "illustrator", "foreword", "afterword", "compiler", "contributor")


def _versioned() -> list[sa.Column]:
    return [
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _trigrams(table: str, column: str) -> None:
    op.create_index(
        f"ix_{table}_{column}_trigram",
        table,
        [column],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={column: "extensions.gin_trgm_ops"},
    )


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "authors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_normalized", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_authors"),
        sa.UniqueConstraint("name_normalized", name="uq_authors_name_normalized"),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_authors_name_length")),
        schema=SCHEMA,
    )
    op.create_index("ix_authors_name_key_id", "authors", ["name_key", "id"], schema=SCHEMA)
    _trigrams("authors", "name_key")

    op.create_table(
        "books",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("publisher", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("year", sa.Integer()),
        sa.Column("page_count", sa.Integer()),
        sa.Column("isbn_13", sa.CHAR(13)),
        sa.Column("subjects", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("average_rating", sa.Double()),
        sa.Column("ratings_count", sa.Integer()),
        sa.Column("created_by", sa.BigInteger()),
        sa.Column("author", sa.Text()),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("author_key", sa.Text()),
        sa.Column("search_key", sa.Text(), nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_books"),
        sa.UniqueConstraint("isbn_13", name="uq_books_isbn_13"),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_books_title_length")),
        sa.CheckConstraint("char_length(subtitle) BETWEEN 1 AND 200", name=op.f("ck_books_subtitle_length")),
        sa.CheckConstraint("char_length(description) BETWEEN 1 AND 2000", name=op.f("ck_books_description_length")),
        sa.CheckConstraint("char_length(publisher) BETWEEN 1 AND 200", name=op.f("ck_books_publisher_length")),
        sa.CheckConstraint("char_length(language) BETWEEN 2 AND 64", name=op.f("ck_books_language_length")),
        sa.CheckConstraint("year BETWEEN -4000 AND 9999", name=op.f("ck_books_year_range")),
        sa.CheckConstraint("page_count BETWEEN 1 AND 50000", name=op.f("ck_books_page_count_range")),
        sa.CheckConstraint("isbn_13 ~ '^97[89][0-9]{10}$'", name=op.f("ck_books_isbn_13_form")),
        sa.CheckConstraint("cardinality(subjects) <= 50", name=op.f("ck_books_subjects_count")),
        sa.CheckConstraint("average_rating >= 0", name=op.f("ck_books_average_rating_range")),
        sa.CheckConstraint("ratings_count >= 0", name=op.f("ck_books_ratings_count_range")),
        schema=SCHEMA,
    )
    op.create_index("ix_books_created_at_id", "books", ["created_at", "id"], schema=SCHEMA)
    op.create_index("ix_books_title_key_id", "books", ["title_key", "id"], schema=SCHEMA)
    op.create_index("ix_books_author_key_id", "books", ["author_key", "id"], schema=SCHEMA)
    op.create_index("ix_books_year_id", "books", ["year", "id"], schema=SCHEMA)
    op.create_index("ix_books_language", "books", ["language"], schema=SCHEMA)
    _trigrams("books", "title_key")
    _trigrams("books", "search_key")

    op.create_table(
        "book_authors",
        sa.Column("book_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="author", nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("book_id", "position", name="pk_book_authors"),
        sa.UniqueConstraint("book_id", "author_id", "role", name="uq_book_authors_book_id_author_id_role"),
        sa.ForeignKeyConstraint(
            ["book_id"], [f"{SCHEMA}.books.id"], name="fk_book_authors_book_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], [f"{SCHEMA}.authors.id"], name="fk_book_authors_author_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("position BETWEEN 0 AND 49", name=op.f("ck_book_authors_position_range")),
        sa.CheckConstraint(
            "role IN (" + ", ".join(f"'{role}'" for role in ROLES) + ")", name=op.f("ck_book_authors_role_known")
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_book_authors_author_id", "book_authors", ["author_id"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("book_authors", schema=SCHEMA)
    op.drop_table("books", schema=SCHEMA)
    op.drop_table("authors", schema=SCHEMA)
