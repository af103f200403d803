"""Create the table of users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_normalized", sa.String(512), nullable=False),
        sa.Column("username", sa.String(80), nullable=True),
        sa.Column("username_normalized", sa.String(512), nullable=True),
        sa.Column("name", sa.String(120), nullable=True),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), server_default="user", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_normalized", name="uq_users_email_normalized"),
        sa.UniqueConstraint("username_normalized", name="uq_users_username_normalized"),
        sa.CheckConstraint("role IN ('user', 'librarian', 'admin')", name=op.f("ck_users_role")),
        schema="auth",
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"], schema="auth")


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("users", schema="auth")
