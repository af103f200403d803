"""Create the table of what is in reading lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCHEMA = "books"
TABLE = "reading_list_entries"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("book_id", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("started_on", sa.Date()),
        sa.Column("finished_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("user_id", "book_id", name=f"uq_{TABLE}_user_id_book_id"),
        sa.ForeignKeyConstraint(["book_id"], [f"{SCHEMA}.books.id"], name=f"fk_{TABLE}_book_id", ondelete="CASCADE"),
        sa.CheckConstraint("char_length(note) BETWEEN 1 AND 2000", name=op.f(f"ck_{TABLE}_note_length")),
        sa.CheckConstraint("finished OR finished_on IS NULL", name=op.f(f"ck_{TABLE}_finished_on_of_finished")),
        sa.CheckConstraint("started_on <= finished_on", name=op.f(f"ck_{TABLE}_dates_order")),
        schema=SCHEMA,
    )
    op.create_index(f"ix_{TABLE}_user_id_created_at_id", TABLE, ["user_id", "created_at", "id"], schema=SCHEMA)
    op.create_index(f"ix_{TABLE}_book_id", TABLE, ["book_id"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table(TABLE, schema=SCHEMA)
