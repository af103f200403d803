"""Create the table of accounts, and find the books that one of them added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_accounts"),
        sa.CheckConstraint("char_length(display_name) BETWEEN 1 AND 200", name=op.f("ck_accounts_display_name_length")),
        sa.CheckConstraint("deleted_at IS NULL OR display_name IS NULL", name=op.f("ck_accounts_deleted_nameless")),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_books_created_by_id",
        "books",
        ["created_by", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("created_by IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_books_created_by_id", table_name="books", schema=SCHEMA)
    op.drop_table("accounts", schema=SCHEMA)
