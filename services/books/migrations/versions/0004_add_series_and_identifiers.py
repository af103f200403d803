"""Add the series of books and their identifiers in other catalogues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "books"
COLUMNS = ("series_name", "series_number", "identifiers", "series_key")
CHECKS = {
    "series_name_length": "char_length(series_name) BETWEEN 1 AND 200",
    "series_number_length": "char_length(series_number) BETWEEN 1 AND 30",
    "series_number_of_series": "series_number IS NULL OR series_name IS NOT NULL",
    "identifiers_count": "cardinality(identifiers) <= 20",
}


def upgrade() -> None:
    """Apply the change."""
    op.add_column("books", sa.Column("series_name", sa.Text()), schema=SCHEMA)
    op.add_column("books", sa.Column("series_number", sa.Text()), schema=SCHEMA)
    op.add_column(
        "books", sa.Column("identifiers", ARRAY(sa.Text()), server_default="{}", nullable=False), schema=SCHEMA
    )
    op.add_column("books", sa.Column("series_key", sa.Text()), schema=SCHEMA)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_books_{name}"), "books", condition, schema=SCHEMA)
    op.create_index("ix_books_series_key_id", "books", ["series_key", "id"], schema=SCHEMA)
    op.create_index("ix_books_identifiers", "books", ["identifiers"], schema=SCHEMA, postgresql_using="gin")


def downgrade() -> None:
    """Take the change back."""
    for column in COLUMNS:
        op.drop_column("books", column, schema=SCHEMA)
