"""The commands for users: `flask users ...`."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime

import click
import structlog
from flask.cli import AppGroup

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db, wiring
from auth_service.users import names, operations, queries
from auth_service.users.roles import ADMIN
from servicekit.envelope import ApiError

log = structlog.get_logger(__name__)

GENERATED_PASSWORD_BYTES = 18

users = AppGroup("users", help="Manage users.")


@users.command("create-admin")
@click.argument("email")
@click.option(
    "--password",
    envvar="COLOPHON_ADMIN_PASSWORD",
    help="The password; other users of this machine can see an argument while the command runs, but not the variable.",
    show_envvar=True,
)
@click.option("--generate", is_flag=True, help="Generate a password and show it once.")
def create_admin(email: str, password: str | None, generate: bool) -> None:
    """Create an admin with the address EMAIL, or make the user who has it an admin.

    The password is asked for on a terminal, and generated and shown once where there is none. A user who exists keeps
    the password. Exits with 0 when the user is an admin afterwards, with 1 when not, with 2 when the command is wrong.
    """
    if password is not None and generate:
        raise click.UsageError("Give --password or --generate, not both.")
    email = email.strip()
    if problem := names.email_problem(email):
        raise click.ClickException(f"{email}: {problem}")
    user_id = queries.find_user_id_by_email(db.session, email)
    if user_id is None:
        _create(email, password, generate)
    else:
        _promote(user_id, email, password_given=password is not None or generate)


def _create(email: str, password: str | None, generate: bool) -> None:
    generated = generate or (password is None and not _at_a_terminal())
    if generated:
        password = secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)
    elif password is None:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    assert password is not None  # noqa: S101 - tells the type checker what the branches above did
    if problems := wiring().passwords.problems(password):
        raise click.ClickException(f"This password is not accepted. {' '.join(problems)}")
    try:
        user_id = operations.create_user(
            db.session,
            wiring().passwords,
            email=email,
            password=password,
            role=ADMIN,
            # The operator vouches for it, and needs no mail to sign in.
            email_verified_at=datetime.now(UTC),
            origin=OPERATOR,
        )
    except ApiError as error:
        reasons = [reason for problems in (error.details or {}).values() for reason in problems]
        raise click.ClickException(" ".join([error.text, *reasons])) from error
    log.info("admin_created", user_id=user_id, email=email)
    click.echo(f"{email} is an admin now (user {user_id}).")
    if generated:
        click.echo(f"Password, shown this once: {password}")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _promote(user_id: int, email: str, *, password_given: bool) -> None:
    promoted = operations.promote_to_admin(
        db.session, wiring().revocation, user_id, origin=OPERATOR, now=datetime.now(UTC)
    )
    if promoted:
        log.info("admin_promoted", user_id=user_id, email=email)
        click.echo(
            f"{email} existed already and has been made an admin (user {user_id}); who is signed in must refresh."
        )
    else:
        click.echo(f"{email} is an admin already (user {user_id}); nothing was changed.")
    if password_given:
        click.echo("The password was left as it is.")
    if queries.get_user(db.session, user_id)["disabled_at"] is not None:
        click.echo("The account is disabled: nobody signs in to it until an admin enables it.")
