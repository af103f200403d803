"""Create the tables of second factors and of sign-ins that wait for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "totp_credentials",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_step", sa.BigInteger(), nullable=True),
        *_versioned(),
        sa.PrimaryKeyConstraint("user_id", name="pk_totp_credentials"),
        _user("totp_credentials"),
        schema="auth",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_codes_user_id_code_hash"),
        _user("recovery_codes"),
        schema="auth",
    )
    op.create_table(
        "sign_in_challenges",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_challenges"),
        _user("sign_in_challenges"),
        schema="auth",
    )
    op.create_index("ix_sign_in_challenges_user_id", "sign_in_challenges", ["user_id"], schema="auth")
    op.create_index("ix_sign_in_challenges_expires_at", "sign_in_challenges", ["expires_at"], schema="auth")


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("sign_in_challenges", schema="auth")
    op.drop_table("recovery_codes", schema="auth")
    op.drop_table("totp_credentials", schema="auth")


def _versioned() -> list[sa.Column]:
    return [
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["auth.users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE")
