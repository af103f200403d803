"""Let books be merged, too, and note what they moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SCHEMA = "books"


def _accept_kinds(kinds: str) -> None:
    name = op.f("ck_merges_kind_known")
    op.drop_constraint(name, "merges", schema=SCHEMA)
    op.create_check_constraint(name, "merges", f"kind IN ({kinds})", schema=SCHEMA)


def upgrade() -> None:
    """Apply the change."""
    _accept_kinds("'author', 'book'")
    op.add_column("merges", sa.Column("added_by", sa.BigInteger()), schema=SCHEMA)
    op.create_index(
        "ix_merges_added_by",
        "merges",
        ["added_by"],
        schema=SCHEMA,
        postgresql_where=sa.text("added_by IS NOT NULL"),
    )
    op.create_table(
        "merged_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("row", JSONB()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_merged_rows"),
        sa.CheckConstraint("user_id IS NULL OR row IS NOT NULL", name=op.f("ck_merged_rows_owner_of_kept")),
        sa.ForeignKeyConstraint(
            ["merge_id"], [f"{SCHEMA}.merges.id"], name="fk_merged_rows_merge_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_merged_rows_merge_id", "merged_rows", ["merge_id"], schema=SCHEMA)
    op.create_index("ix_merged_rows_origin_row_id", "merged_rows", ["origin", "row_id"], schema=SCHEMA)
    op.create_index(
        "ix_merged_rows_user_id",
        "merged_rows",
        ["user_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back. Merges of books cannot be undone any more, and their old ids lead nowhere."""
    op.drop_table("merged_rows", schema=SCHEMA)
    op.drop_column("merges", "added_by", schema=SCHEMA)
    merges = sa.table("merges", sa.column("kind"), schema=SCHEMA)
    op.execute(merges.delete().where(merges.c.kind == "book"))
    _accept_kinds("'author'")
