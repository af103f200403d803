"""Create the tables of merges and of what they moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SCHEMA = "books"


def _versioned() -> list[sa.Column]:
    return [
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.Column("taken", JSONB(), nullable=False),
        sa.Column("merged_by", sa.BigInteger()),
        sa.Column("undone_by", sa.BigInteger()),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
        sa.CheckConstraint("kind IN ('author')", name=op.f("ck_merges_kind_known")),
        sa.CheckConstraint("source_id <> into_id", name=op.f("ck_merges_into_another")),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_merges_kind_source_id",
        "merges",
        ["kind", "source_id"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_merges_kind_into_id", "merges", ["kind", "into_id", "id"], schema=SCHEMA)
    op.create_index("ix_merges_source_id", "merges", ["source_id"], schema=SCHEMA)
    for column in ("merged_by", "undone_by"):
        op.create_index(
            f"ix_merges_{column}",
            "merges",
            [column],
            schema=SCHEMA,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )

    op.create_table(
        "merged_contributors",
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("book_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("merge_id", "book_id", "role", name="pk_merged_contributors"),
        sa.ForeignKeyConstraint(
            ["merge_id"], [f"{SCHEMA}.merges.id"], name="fk_merged_contributors_merge_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_merged_contributors_book_id_role", "merged_contributors", ["book_id", "role"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("merged_contributors", schema=SCHEMA)
    op.drop_table("merges", schema=SCHEMA)
