"""Index the words of books together with how popular they are, so that searches for common words read few books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCHEMA = "books"

# As in books_service.search.levels when this was written.
LEVELS = (
    f"('{{{','.join(str(level) for level in range(1, 41))}}}'::integer[])[1:floor(ln((popularity + 1)::double precision"
    " * (id & (- id))::double precision) / 0.6931471805599453)::integer]"
)


def upgrade() -> None:
    """Apply the change."""
    _create("ix_books_search_vector_levels", ["search_vector", sa.text(f"({LEVELS})")])
    op.drop_index("ix_books_search_vector", table_name="books", schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    _create("ix_books_search_vector", ["search_vector"])
    op.drop_index("ix_books_search_vector_levels", table_name="books", schema=SCHEMA)


def _create(name: str, columns: list[str | sa.TextClause]) -> None:
    op.create_index(
        name,
        "books",
        columns,
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
