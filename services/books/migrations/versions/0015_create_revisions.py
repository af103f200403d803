"""Keep the versions of books and authors, and what was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SCHEMA = "books"
ENTITIES = "entity IN ('book', 'author')"


def _numbered_and_versioned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _find(table: str, column: str, *more: str) -> None:
    """Index the rows that name an account, few as they are."""
    op.create_index(
        "_".join(["ix", table, column, *more]),
        table,
        [column, *more],
        schema=SCHEMA,
        postgresql_where=sa.text(f"{column} IS NOT NULL"),
    )


def upgrade() -> None:
    """Apply the change."""
    for table in ("books", "authors"):
        op.add_column(table, sa.Column("change", sa.Text(), server_default="created", nullable=False), schema=SCHEMA)
        op.add_column(table, sa.Column("changed_by", sa.BigInteger()), schema=SCHEMA)
    op.execute("UPDATE books.books SET changed_by = created_by WHERE created_by IS NOT NULL AND version = 1")
    for table in ("books", "authors"):
        _find(table, "changed_by", "id")

    op.create_table(
        "revisions",
        *_numbered_and_versioned(),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.BigInteger()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", JSONB()),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
        sa.UniqueConstraint("entity", "entity_id", "number", name="uq_revisions_entity_entity_id_number"),
        sa.CheckConstraint(ENTITIES, name=op.f("ck_revisions_entity_known")),
        sa.CheckConstraint("(change = 'deleted') = (snapshot IS NULL)", name=op.f("ck_revisions_deletion_empty")),
        schema=SCHEMA,
    )
    _find("revisions", "changed_by")
    op.create_index(
        "ix_revisions_cover_name",
        "revisions",
        [sa.text("(snapshot ->> 'cover_name')")],
        schema=SCHEMA,
        postgresql_where=sa.text("(snapshot ->> 'cover_name') IS NOT NULL"),
    )
    # What was is not changed: a service that is taken over can neither rewrite nor remove it.
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {SCHEMA}.revisions FROM books_service")
    op.execute(f"GRANT UPDATE (changed_by, updated_at) ON {SCHEMA}.revisions TO books_service")

    op.create_table(
        "deletions",
        *_numbered_and_versioned(),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("deleted_by", sa.BigInteger()),
        sa.Column("added_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
        sa.UniqueConstraint("entity", "entity_id", name="uq_deletions_entity_entity_id"),
        sa.CheckConstraint(ENTITIES, name=op.f("ck_deletions_entity_known")),
        schema=SCHEMA,
    )
    op.create_index("ix_deletions_entity_id", "deletions", ["entity", "id"], schema=SCHEMA)
    _find("deletions", "deleted_by")
    _find("deletions", "added_by")

    op.create_table(
        "deleted_rows",
        *_numbered_and_versioned(),
        sa.Column("deletion_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("row", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deleted_rows"),
        sa.ForeignKeyConstraint(
            ["deletion_id"], [f"{SCHEMA}.deletions.id"], name="fk_deleted_rows_deletion_id", ondelete="CASCADE"
        ),
        schema=SCHEMA,
    )
    op.create_index("ix_deleted_rows_deletion_id", "deleted_rows", ["deletion_id"], schema=SCHEMA)
    _find("deleted_rows", "user_id")


def downgrade() -> None:
    """Take the change back."""
    for table in ("deleted_rows", "deletions", "revisions"):
        op.drop_table(table, schema=SCHEMA)
    for table in ("books", "authors"):
        op.drop_index(f"ix_{table}_changed_by_id", table_name=table, schema=SCHEMA)
        op.drop_column(table, "changed_by", schema=SCHEMA)
        op.drop_column(table, "change", schema=SCHEMA)
