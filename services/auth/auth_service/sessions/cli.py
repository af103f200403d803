"""The commands for sessions: `flask sessions ...`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from auth_service.extensions import db, wiring
from auth_service.sessions import operations

sessions = AppGroup("sessions", help="Manage sessions.")


@sessions.command("prune")
def prune() -> None:
    """Delete sessions that are over and refresh tokens that have expired."""
    pruned_sessions, pruned_tokens = operations.prune_sessions(
        db.session, keep_ended=wiring().revocation.longest_life, now=datetime.now(UTC)
    )
    click.echo(f"Deleted {pruned_sessions} sessions and {pruned_tokens} refresh tokens.")
