"""The commands for mails: `flask mails ...`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from auth_service.extensions import db
from auth_service.mails import operations, queries

mails = AppGroup("mails", help="Look at mails.")


@mails.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--undone", is_flag=True, help="Only those that are neither sent nor given up.")
def list_mails(limit: int, undone: bool) -> None:
    """List the latest mails, the newest first."""
    rows = queries.list_mails(db.session, limit=limit, undone=undone)
    for row in rows:
        click.echo(
            f"{row['id']:>6}  {_time(row['created_at'])}  {row['state']:<8}  {row['kind']:<24}  {row['recipient']}"
        )
        if row["last_error"]:
            click.echo(f"        attempt {row['attempts']}: {row['last_error']}")
    click.echo(f"{queries.count_undone_mails(db.session)} mails are waiting to be sent.")


@mails.command("show")
@click.argument("mail_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.option("--html", is_flag=True, help="The HTML instead of the plain text.")
def show_mail(mail_id: int, html: bool) -> None:
    """Show the mail ID with its text, which is there until it is sent; the text may hold a secret link.

    Exits with 1 when there is no such mail.
    """
    mail = queries.find_mail(db.session, mail_id)
    if mail is None:
        raise click.ClickException(f"There is no mail {mail_id}.")
    click.echo(f"To:       {mail['recipient']}\nSubject:  {mail['subject']}\nState:    {mail['state']}")
    for label, column in (("Queued", "created_at"), ("Done", "done_at"), ("Expires", "expires_at")):
        if mail[column] is not None:
            click.echo(f"{label + ':':<10}{_time(mail[column])}")
    if mail["last_error"]:
        click.echo(f"Error:    {mail['last_error']} (attempt {mail['attempts']})")
    if mail["done_at"] is None:
        click.echo()
        click.echo(mail["html" if html else "text"], nl=False)


@mails.command("prune")
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    default=operations.KEPT_WHEN_DONE.days,
    show_default=True,
    help="How long they are kept.",
)
def prune(days: int) -> None:
    """Delete mails that were sent or given up some time ago, as the worker does by itself."""
    pruned = operations.prune_mails(db.session, keep=timedelta(days=days), now=datetime.now(UTC))
    click.echo(f"Deleted {pruned} mails.")


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
