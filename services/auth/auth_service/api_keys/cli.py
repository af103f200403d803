"""The commands for API keys: `flask api-keys ...`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from auth_service.api_keys import operations
from auth_service.extensions import db

api_keys = AppGroup("api-keys", help="Manage API keys.")


@api_keys.command("prune")
def prune() -> None:
    """Delete the keys that were revoked or expired more than 30 days ago; the worker does it too."""
    click.echo(f"Deleted {operations.prune_api_keys(db.session, now=datetime.now(UTC))} API keys.")
