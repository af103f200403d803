"""Create the tables of one-time tokens and of requests for mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_one_time_tokens_token_hash"),
        sa.UniqueConstraint("user_id", "kind", name="uq_one_time_tokens_user_id_kind"),
        sa.ForeignKeyConstraint(["user_id"], ["auth.users.id"], name="fk_one_time_tokens_user_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "kind IN ('verify_email', 'password_reset', 'email_change_new', 'email_change_old')",
            name=op.f("ck_one_time_tokens_kind"),
        ),
        schema="auth",
    )
    op.create_index("ix_one_time_tokens_expires_at", "one_time_tokens", ["expires_at"], schema="auth")
    op.create_table(
        "recovery_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("user_agent", sa.String(300), nullable=True),
        sa.Column("request_id", sa.String(128), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_requests"),
        schema="auth",
    )
    op.create_index(
        "ix_recovery_requests_due_at_id",
        "recovery_requests",
        ["due_at", "id"],
        schema="auth",
        postgresql_where=sa.text("done_at IS NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("recovery_requests", schema="auth")
    op.drop_table("one_time_tokens", schema="auth")
