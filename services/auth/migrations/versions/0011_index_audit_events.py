"""Index the audit log for each filter, in the order in which it is read."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FILTERS = ("user_id", "actor_id", "action", "address", "session_id", "request_id")


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_audit_events_occurred_at_id", "audit_events", ["occurred_at", "id"], schema="auth")
    for column in FILTERS:
        op.create_index(
            f"ix_audit_events_{column}_occurred_at_id", "audit_events", [column, "occurred_at", "id"], schema="auth"
        )
    for name in ("user_id_id", "action_id", "occurred_at"):
        op.drop_index(f"ix_audit_events_{name}", "audit_events", schema="auth")


def downgrade() -> None:
    """Take the change back."""
    op.create_index("ix_audit_events_user_id_id", "audit_events", ["user_id", "id"], schema="auth")
    op.create_index("ix_audit_events_action_id", "audit_events", ["action", "id"], schema="auth")
    op.create_index("ix_audit_events_occurred_at", "audit_events", ["occurred_at"], schema="auth")
    op.drop_index("ix_audit_events_occurred_at_id", "audit_events", schema="auth")
    for column in FILTERS:
        op.drop_index(f"ix_audit_events_{column}_occurred_at_id", "audit_events", schema="auth")
