"""The commands for failed attempts: `flask attempts ...`."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from auth_service.attempts import operations, queries
from auth_service.attempts.subjects import Subject
from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db, wiring
from auth_service.users import queries as users
from auth_service.users.names import login_name

SHOWN_AT_MOST = 100

attempts = AppGroup("attempts", help="See and clear what failed sign-ins make people wait for.")

of_account = click.option("--account", metavar="NAME", help="The e-mail address or username that sign-ins named.")
of_address = click.option("--address", metavar="IP", help="Where they came from.")


@attempts.command("list")
@of_account
@of_address
def list_attempts(account: str | None, address: str | None) -> None:
    """Show failures that are not forgotten, of everybody or of an account and an address, the longest wait first."""
    user_id, subjects = _chosen(account, address)
    rows = queries.list_failures(
        db.session,
        wiring().attempts.rules,
        now=datetime.now(UTC),
        limit=SHOWN_AT_MOST,
        user_id=user_id,
        subjects=subjects if account or address else None,
    )
    for row in rows:
        whose = row["email"] or f"{row['subject_hash'][:12]}..."
        until = "" if row["blocked_until"] is None else f", blocked until {row['blocked_until']:%Y-%m-%dT%H:%M:%SZ}"
        click.echo(f"{row['counter']:<18} {whose}: {int(row['failures'])} failed{until}")
    if not rows:
        click.echo("Nothing has failed.")
    elif len(rows) == SHOWN_AT_MOST:
        click.echo(f"There may be more than these {SHOWN_AT_MOST}.")


@attempts.command("clear")
@of_account
@of_address
def clear_attempts(account: str | None, address: str | None) -> None:
    """Forget the failures of an account, of an address, or of both."""
    if not (account or address):
        raise click.UsageError("Give --account, --address or both.")
    user_id, subjects = _chosen(account, address)
    cleared = operations.clear_failed_attempts(db.session, user_id=user_id, subjects=subjects, origin=OPERATOR)
    click.echo(f"Cleared {cleared} counters.")


def _chosen(account: str | None, address: str | None) -> tuple[int | None, tuple[Subject, ...]]:
    """Return the account, if there is one, and what attempts count for that name it and come from ``address``."""
    subjects = wiring().attempts.subjects
    if address is not None:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise click.BadParameter(f"{address} is no IP address.", param_hint="--address") from error
    if account is None:
        return None, () if address is None else (subjects.of_address(address),)
    name = login_name(None, account)
    found = users.find_credentials(db.session, *name)
    user_id = None if found is None else found["id"]
    return user_id, subjects.of_sign_in(name, address=address, user_id=user_id)
