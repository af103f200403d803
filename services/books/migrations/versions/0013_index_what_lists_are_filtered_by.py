"""Index what lists are filtered by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCHEMA = "books"
COLUMNS = ("publisher", "subtitle", "series_number", "page_count")
EXPRESSIONS = {
    "description_known": "num_nonnulls(description)",
    "subjects_count": "cardinality(subjects)",
    "identifiers_count": "cardinality(identifiers)",
}


def upgrade() -> None:
    """Apply the change."""
    for column in COLUMNS:
        op.create_index(f"ix_books_{column}", "books", [column], schema=SCHEMA)
    op.create_index("ix_books_subjects", "books", ["subjects"], schema=SCHEMA, postgresql_using="gin")
    for name, expression in EXPRESSIONS.items():
        op.create_index(f"ix_books_{name}", "books", [sa.text(expression)], schema=SCHEMA)
    # Names are found in author_names now.
    op.drop_index("ix_authors_name_key_trigram", table_name="authors", schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.create_index(
        "ix_authors_name_key_trigram",
        "authors",
        ["name_key"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={"name_key": "extensions.gin_trgm_ops"},
    )
    for name in (*EXPRESSIONS, "subjects", *COLUMNS):
        op.drop_index(f"ix_books_{name}", table_name="books", schema=SCHEMA)
