"""The commands for covers."""

from __future__ import annotations

import click
from flask import current_app

from books_service.covers import operations
from books_service.extensions import db


@click.option(
    "--unused-hours",
    type=click.IntRange(0, 87_600),
    default=24,
    show_default=True,
    help="How long ago a cover must have been stored: pages that were read show it a while longer.",
)
def prune_covers(unused_hours: int) -> None:
    """Remove the files of covers that neither a book nor an earlier version of one names."""
    removed = operations.prune_covers(db.session, current_app.extensions["cover_store"], unused_hours=unused_hours)
    click.echo(f"Removed {removed} covers that no book has or had.")
