"""Index books in an order that has nothing to do with anything else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SCHEMA = "books"


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_books_hash_of_id_id", "books", [sa.text("hashint8(id)"), "id"], schema=SCHEMA)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_books_hash_of_id_id", table_name="books", schema=SCHEMA)
