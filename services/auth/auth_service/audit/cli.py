"""The commands for the audit log: `flask audit ...`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import structlog
from flask.cli import AppGroup

from auth_service.audit import operations
from auth_service.audit.errors import PruningNotAllowed
from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db

log = structlog.get_logger(__name__)

# What a month has not asked for may still be needed by whoever looks into a break-in.
LEAST_DAYS = 30
MOST_DAYS = 36_500

audit = AppGroup("audit", help="Manage the audit log.")


@audit.command("prune")
@click.option(
    "--older-than", "days", type=click.IntRange(1, MOST_DAYS), required=True, help="Age in days that an event may have."
)
@click.option("--force", is_flag=True, help=f"Also with less than {LEAST_DAYS} days.")
def prune(days: int, force: bool) -> None:
    """Delete the events that are older than a number of days.

    Only the owner of the tables may: `make audit-prune DAYS=365` runs it as that role. Exits with 1 for another role,
    with 2 when the command is wrong.
    """
    if days < LEAST_DAYS and not force:
        raise click.UsageError(f"The last {LEAST_DAYS} days are kept unless --force is given.")
    before = datetime.now(UTC) - timedelta(days=days)
    try:
        pruned = operations.prune_events(db.session, before=before, origin=OPERATOR)
    except PruningNotAllowed as error:
        raise click.ClickException(
            "This database role may add to the audit log and not delete from it, so that nobody who takes over the "
            "service covers the tracks. Run it as the owner of the tables: make audit-prune DAYS=..."
        ) from error
    log.info("audit_pruned", events=pruned, before=before.isoformat())
    click.echo(f"Deleted {pruned} events from before {before:%Y-%m-%d %H:%M} UTC.")
