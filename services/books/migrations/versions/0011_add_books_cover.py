"""Add the covers of books, and find the book that has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.add_column("books", sa.Column("cover_name", sa.Text(), nullable=True), schema=SCHEMA)
    op.add_column("books", sa.Column("cover_width", sa.Integer(), nullable=True), schema=SCHEMA)
    op.add_column("books", sa.Column("cover_height", sa.Integer(), nullable=True), schema=SCHEMA)
    op.create_check_constraint(
        op.f("ck_books_cover_name_form"), "books", "cover_name ~ '^[0-9a-f]{32}$'", schema=SCHEMA
    )
    op.create_check_constraint(
        op.f("ck_books_cover_whole"),
        "books",
        "num_nulls(cover_name, cover_width, cover_height) IN (0, 3)",
        schema=SCHEMA,
    )
    op.create_index(
        "ix_books_cover_name",
        "books",
        ["cover_name"],
        schema=SCHEMA,
        postgresql_where=sa.text("cover_name IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_books_cover_name", table_name="books", schema=SCHEMA)
    op.drop_constraint(op.f("ck_books_cover_whole"), "books", schema=SCHEMA)
    op.drop_constraint(op.f("ck_books_cover_name_form"), "books", schema=SCHEMA)
    for name in ("cover_height", "cover_width", "cover_name"):
        op.drop_column("books", name, schema=SCHEMA)
