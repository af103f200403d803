"""Create the table of account events, and tell the names of the accounts that are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "account_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_events"),
        sa.UniqueConstraint("event_id", name="uq_account_events_event_id"),
        schema="auth",
    )
    undone = sa.text("done_at IS NULL")
    for columns in (["due_at", "id"], ["user_id", "id"]):
        name = f"ix_account_events_{'_'.join(columns)}"
        op.create_index(name, "account_events", columns, schema="auth", postgresql_where=undone)
    op.execute(
        "INSERT INTO auth.account_events (event_id, user_id, kind, payload) "
        "SELECT replace(gen_random_uuid()::text, '-', ''), id, 'account_renamed', "
        "jsonb_build_object('display_name', coalesce(name, username)) "
        "FROM auth.users WHERE coalesce(name, username) IS NOT NULL ORDER BY id"
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("account_events", schema="auth")
