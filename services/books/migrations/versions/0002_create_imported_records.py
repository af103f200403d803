"""Create the memory of imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "imported_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("book_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("book_version", sa.Integer()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imported_records"),
        sa.UniqueConstraint("source", "record_key", name="uq_imported_records_source_record_key"),
        sa.ForeignKeyConstraint(
            ["book_id"], [f"{SCHEMA}.books.id"], name="fk_imported_records_book_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("char_length(source) BETWEEN 1 AND 100", name=op.f("ck_imported_records_source_length")),
        schema=SCHEMA,
    )
    op.create_index("ix_imported_records_book_id", "imported_records", ["book_id"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("imported_records", schema=SCHEMA)
