"""Create the tables of revocations and audit events; let users have epochs and sessions tell where they are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("users", sa.Column("token_epoch", sa.Integer(), server_default="0", nullable=False), schema="auth")
    op.add_column("users", sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True), schema="auth")
    op.add_column("users", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True), schema="auth")
    op.add_column("sessions", sa.Column("address", sa.String(45), nullable=True), schema="auth")
    op.add_column("sessions", sa.Column("user_agent", sa.String(300), nullable=True), schema="auth")
    op.create_table(
        "revocations",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_revocations"),
        schema="auth",
    )
    op.create_index("ix_revocations_expires_at", "revocations", ["expires_at"], schema="auth")
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.String(40), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("user_agent", sa.String(300), nullable=True),
        sa.Column("request_id", sa.String(128), nullable=True),
        sa.Column("details", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
        schema="auth",
    )
    op.create_index("ix_audit_events_user_id_id", "audit_events", ["user_id", "id"], schema="auth")
    op.create_index("ix_audit_events_action_id", "audit_events", ["action", "id"], schema="auth")
    op.create_index("ix_audit_events_occurred_at", "audit_events", ["occurred_at"], schema="auth")
    # What happened stays: the service may add and read, and only the owner of the schema may clear out.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON auth.audit_events FROM auth_service")


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("audit_events", schema="auth")
    op.drop_table("revocations", schema="auth")
    op.drop_column("sessions", "user_agent", schema="auth")
    op.drop_column("sessions", "address", schema="auth")
    op.drop_column("users", "disabled_at", schema="auth")
    op.drop_column("users", "email_verified_at", schema="auth")
    op.drop_column("users", "token_epoch", schema="auth")
