"""The commands for users: `flask users ...`."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime

import click
import structlog
from flask.cli import AppGroup
from sqlalchemy import RowMapping

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db, wiring
from auth_service.promotions import operations as promotions
from auth_service.users import names, operations, queries
from auth_service.users.roles import ADMIN
from servicekit.envelope import ApiError

log = structlog.get_logger(__name__)

GENERATED_PASSWORD_BYTES = 18
MOMENT = "%Y-%m-%d %H:%M UTC"

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
@click.option("--promote", is_flag=True, help="Make an account that exists an admin, whoever registered it.")
def create_admin(email: str, password: str | None, generate: bool, promote: bool) -> None:
    """Create an admin with the address EMAIL, or with --promote make the user who has it an admin.

    The password is asked for on a terminal, and generated and shown once where there is none. A user who exists keeps
    the password if the address is confirmed; otherwise anybody may have registered it, so the account gets a new one
    and loses its sessions, API keys and second factor. Exits with 0 when the user is an admin afterwards, with 1 when
    not, with 2 when the command is wrong.
    """
    if password is not None and generate:
        raise click.UsageError("Give --password or --generate, not both.")
    email = email.strip()
    if problem := names.email_problem(email):
        raise click.ClickException(f"{email}: {problem}")
    user_id = queries.find_user_id_by_email(db.session, email)
    if user_id is None:
        _create(email, password, generate)
        return
    user = queries.get_user(db.session, user_id)
    # Nothing is held while somebody types a password.
    db.session.rollback()
    if user["role"] != ADMIN and not promote:
        raise click.ClickException(_why_not_promoted(user))
    _promote(user, email, password, generate)


def _create(email: str, password: str | None, generate: bool) -> None:
    password, generated = _new_password(password, generate)
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
        raise _failure(error) from error
    log.info("admin_created", user_id=user_id, email=email)
    click.echo(f"{email} is an admin now (user {user_id}).")
    if generated:
        click.echo(f"Password, shown this once: {password}")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _new_password(password: str | None, generate: bool) -> tuple[str, bool]:
    """Return the password of an account, given, generated or asked for, and whether it was generated."""
    generated = generate or (password is None and not _at_a_terminal())
    if generated:
        password = secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)
    elif password is None:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    assert password is not None  # noqa: S101 - tells the type checker what the branches above did
    if problems := wiring().passwords.problems(password):
        raise click.ClickException(f"This password is not accepted. {' '.join(problems)}")
    return password, generated


def _why_not_promoted(user: RowMapping) -> str:
    confirmed_at = user["email_verified_at"]
    confirmed = "not confirmed" if confirmed_at is None else f"confirmed since {confirmed_at:{MOMENT}}"
    consequence = (
        "Whoever did may not own the address: the account gets a new password and loses its sessions, API keys and "
        "second factor."
        if confirmed_at is None
        else "The password stays as it is, so make sure that the owner of the address chose it."
    )
    # Somebody else chose the names: quoted, they can pass for nothing else.
    return (
        f"{user['email']} was registered already on {user['created_at']:{MOMENT}} (user {user['id']}, username "
        f"{user['username']!r}, name {user['name']!r}); the address is {confirmed}. Nothing was changed. Anybody can "
        f"register any address. If this account is to be an admin, say --promote (make create-admin EMAIL=... "
        f"PROMOTE=1). {consequence}"
    )


def _promote(user: RowMapping, email: str, password: str | None, generate: bool) -> None:
    user_id = user["id"]
    given = password is not None or generate
    taken_over = user["role"] != ADMIN and user["email_verified_at"] is None
    new_password, generated = _new_password(password, generate) if taken_over else (None, False)
    parts = wiring()
    try:
        promoted = promotions.promote_to_admin(
            db.session,
            parts.passwords,
            parts.revocation,
            parts.account_mails,
            parts.mfa_notices,
            user_id,
            email=email,
            new_password=new_password,
            origin=OPERATOR,
            now=datetime.now(UTC),
        )
    except ApiError as error:
        raise _failure(error) from error
    if not promoted:
        click.echo(f"{email} is an admin already (user {user_id}); nothing was changed.")
    else:
        log.info("admin_promoted", user_id=user_id, email=email)
        click.echo(
            f"{email} existed already and has been made an admin (user {user_id}); who is signed in must refresh."
            if not taken_over
            else f"{email} existed already and has been made an admin (user {user_id}). Nobody had confirmed the "
            "address: the password is new, and sessions, API keys and second factor are gone."
        )
        if generated:
            click.echo(f"Password, shown this once: {new_password}")
    if given and not (promoted and taken_over):
        click.echo("The password was left as it is.")
    if queries.get_user(db.session, user_id)["disabled_at"] is not None:
        click.echo("The account is disabled: nobody signs in to it until an admin enables it.")


def _failure(error: ApiError) -> click.ClickException:
    reasons = [reason for problems in (error.details or {}).values() for reason in problems]
    return click.ClickException(" ".join([error.text, *reasons]))
