"""Create the table of works, which group books that are editions of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "works",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_works"),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_works_title_length")),
        schema=SCHEMA,
    )
    for column in ("title_key", "created_at", "updated_at"):
        op.create_index(f"ix_works_{column}_id", "works", [column, "id"], schema=SCHEMA)
    op.create_index(
        "ix_works_title_key_trigram",
        "works",
        ["title_key"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={"title_key": "extensions.gin_trgm_ops"},
    )
    for event, kind in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER count_rows_on_{event.lower()} AFTER {event} ON books.works "
            f"REFERENCING {kind} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION books.count_rows()"
        )
    op.execute(
        "CREATE TRIGGER count_rows_on_truncate AFTER TRUNCATE ON books.works "
        "FOR EACH STATEMENT EXECUTE FUNCTION books.count_rows()"
    )

    op.add_column("books", sa.Column("work_id", sa.BigInteger()), schema=SCHEMA)
    op.create_foreign_key(
        "fk_books_work_id",
        "books",
        "works",
        ["work_id"],
        ["id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_books_work_id_id",
        "books",
        ["work_id", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("work_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("books", "work_id", schema=SCHEMA)
    op.drop_table("works", schema=SCHEMA)
