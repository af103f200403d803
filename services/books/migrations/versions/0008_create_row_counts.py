"""Count rows as they come and go, and index every order of a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "books"
COUNTED = ("books", "authors")
SORTED = (
    ("books", "updated_at"),
    ("books", "average_rating"),
    ("books", "ratings_count"),
    ("authors", "created_at"),
    ("authors", "updated_at"),
)

# A share that another transaction holds is passed over, so that writers do not wait for each other, nor in a circle.
COUNT_ROWS = """
CREATE FUNCTION books.count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM books.row_counts WHERE counted = TG_TABLE_NAME;
        RETURN NULL;
    END IF;
    SELECT count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END INTO difference FROM changed;
    IF difference = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE books.row_counts SET rows = rows + difference, version = version + 1, updated_at = now()
    WHERE id = (
        SELECT id FROM books.row_counts WHERE counted = TG_TABLE_NAME ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO books.row_counts (counted, rows) VALUES (TG_TABLE_NAME, difference);
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    counts = op.create_table(
        "row_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_row_counts"),
        schema=SCHEMA,
    )
    op.create_index("ix_row_counts_counted", "row_counts", ["counted"], schema=SCHEMA)
    op.execute(COUNT_ROWS)
    for table in COUNTED:
        for event, kind in (("INSERT", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER count_rows_on_{event.lower()} AFTER {event} ON books.{table} "
                f"REFERENCING {kind} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION books.count_rows()"
            )
        op.execute(
            f"CREATE TRIGGER count_rows_on_truncate AFTER TRUNCATE ON books.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION books.count_rows()"
        )
        # Nobody writes between the triggers and this: they locked the table.
        rows = sa.select(sa.literal(table), sa.func.count()).select_from(sa.table(table, schema=SCHEMA))
        op.execute(sa.insert(counts).from_select(["counted", "rows"], rows))
    for table, column in SORTED:
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    for table, column in SORTED:
        op.drop_index(f"ix_{table}_{column}_id", table_name=table, schema=SCHEMA)
    for table in COUNTED:
        for event in ("insert", "delete", "truncate"):
            op.execute(f"DROP TRIGGER count_rows_on_{event} ON books.{table}")
    op.execute("DROP FUNCTION books.count_rows()")
    op.drop_table("row_counts", schema=SCHEMA)
