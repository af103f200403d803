"""Create the table of reviews, and count them in their books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("book_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("book_id", "user_id", name="uq_reviews_book_id_user_id"),
        sa.ForeignKeyConstraint(["book_id"], [f"{SCHEMA}.books.id"], name="fk_reviews_book_id", ondelete="CASCADE"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating_range")),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 5000", name=op.f("ck_reviews_text_length")),
        schema=SCHEMA,
    )
    for columns in (
        ["book_id", "created_at", "id"],
        ["user_id", "created_at", "id"],
        ["created_at", "id"],
        ["updated_at", "id"],
        ["rating", "id"],
    ):
        op.create_index("ix_reviews_" + "_".join(columns), "reviews", columns, schema=SCHEMA)

    op.add_column("books", sa.Column("reviews_count", sa.Integer(), server_default="0", nullable=False), schema=SCHEMA)
    op.add_column("books", sa.Column("reviews_sum", sa.Integer(), server_default="0", nullable=False), schema=SCHEMA)
    op.add_column(
        "books",
        sa.Column(
            "review_average",
            sa.Double(),
            sa.Computed("reviews_sum::double precision / nullif(reviews_count, 0)", persisted=True),
        ),
        schema=SCHEMA,
    )
    op.create_check_constraint(
        op.f("ck_books_reviews_sum_range"),
        "books",
        "reviews_sum BETWEEN reviews_count AND 5 * reviews_count",
        schema=SCHEMA,
    )
    op.create_index("ix_books_reviews_count_id", "books", ["reviews_count", "id"], schema=SCHEMA)
    op.create_index("ix_books_review_average_id", "books", ["review_average", "id"], schema=SCHEMA)
    op.execute(
        f"ALTER TABLE {SCHEMA}.books ALTER COLUMN popularity"
        " SET EXPRESSION AS (COALESCE(ratings_count, 0)::bigint + reviews_count)"
    )


def downgrade() -> None:
    """Take the change back."""
    op.execute(f"ALTER TABLE {SCHEMA}.books ALTER COLUMN popularity SET EXPRESSION AS (COALESCE(ratings_count, 0))")
    for column in ("review_average", "reviews_sum", "reviews_count"):
        op.drop_column("books", column, schema=SCHEMA)
    op.drop_table("reviews", schema=SCHEMA)
