"""Let sessions tell when their last access token ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    # For the sessions there are too: the longest life that their access tokens may have.
    longest = sa.Column(
        "access_expires_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now() + interval '1 day'"),
        nullable=False,
    )
    op.add_column("sessions", longest, schema="auth")


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("sessions", "access_expires_at", schema="auth")
