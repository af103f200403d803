"""The commands for second factors: `flask mfa ...`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db, wiring
from auth_service.mfa import operations
from auth_service.mfa.errors import MfaNotEnabled
from auth_service.users import queries as users

mfa = AppGroup("mfa", help="Manage second factors.")


@mfa.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Take the second factor off the account with the address EMAIL and end its sessions.

    For somebody who has lost both the app and the recovery codes, the last admin for one. Exits with 0 when the account
    has no second factor afterwards, with 1 when there is no such account.
    """
    user_id = users.find_user_id_by_email(db.session, email.strip())
    if user_id is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    try:
        operations.reset_mfa(
            db.session, wiring().revocation, wiring().mfa_notices, user_id, origin=OPERATOR, now=datetime.now(UTC)
        )
    except MfaNotEnabled:
        click.echo(f"{email} has no second factor; nothing was changed.")
    else:
        click.echo(f"{email} has no second factor any more (user {user_id}); every session of the account has ended.")
