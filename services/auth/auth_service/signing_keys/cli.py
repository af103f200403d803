"""The commands for the keys that sign tokens: `flask signing-keys ...`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from auth_service.audit.origin import OPERATOR
from auth_service.config import LONGEST_ACCESS_TOKEN_TTL_SECONDS, AuthConfig
from auth_service.extensions import db
from auth_service.sessions.queries import find_last_access_expiry
from auth_service.signing_keys import operations
from auth_service.signing_keys.representation import represent_ring
from auth_service.signing_keys.ring_file import WrittenTooLate, represent_time
from auth_service.signing_keys.rotation import SHORTEST_AHEAD, Rotation
from servicekit.key_ring import RING_FILE, KeyRingInvalid, read_ring

signing_keys = AppGroup("signing-keys", help="Show and replace the keys that sign tokens.")

in_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Folder of the ring; that of the service if not given.",
)


@signing_keys.command("list")
@in_folder
def list_keys(folder: Path | None) -> None:
    """Show every key of the ring as it is now, without its secret."""
    folder = folder or _config().signing_keys_dir
    with _explained(folder):
        ring = read_ring(folder / RING_FILE)
    click.echo(represent_ring(ring.values(), now=datetime.now(UTC)))


@signing_keys.command("rotate")
@in_folder
@click.option("--emergency", is_flag=True, help="Refuse every token of the keys there are, because one has leaked.")
@click.option(
    "--ahead",
    type=click.IntRange(int(SHORTEST_AHEAD.total_seconds()), LONGEST_ACCESS_TOKEN_TTL_SECONDS),
    help="How many seconds before it signs the new key is published; more where the ring is copied to other hosts.",
)
@click.option(
    "--token-life",
    "token_lives",
    type=click.IntRange(1, LONGEST_ACCESS_TOKEN_TTL_SECONDS),
    multiple=True,
    help="A life in seconds of access tokens that running services still issue, beside that of this configuration.",
)
def rotate(folder: Path | None, emergency: bool, ahead: int | None, token_lives: tuple[int, ...]) -> None:
    """Have another key sign: one that waits in the ring, else a new one.

    Exits with 0 when the ring was replaced, with 1 when nothing was changed, with 2 when the command is wrong.
    """
    folder = folder or _config().signing_keys_dir
    if emergency and ahead is not None:
        raise click.UsageError("--emergency does not wait; leave out --ahead.")
    with _explained(folder):
        rotated = _replace_at_once(folder) if emergency else _rotate(folder, ahead, token_lives)
    try:
        operations.record_rotation(db.session, rotated, emergency=emergency, origin=OPERATOR)
    except SQLAlchemyError as error:
        click.echo(f"The key is replaced, but the audit log does not tell it ({type(error).__name__}).", err=True)
    click.echo(represent_ring(rotated.keys, now=datetime.now(UTC)))


def _rotate(folder: Path, ahead: int | None, token_lives: tuple[int, ...]) -> Rotation:
    last_expiry, longest_life = _tokens_in_flight()
    rotated = operations.rotate_key(
        folder,
        ahead=SHORTEST_AHEAD if ahead is None else timedelta(seconds=ahead),
        token_life=max(longest_life, *(timedelta(seconds=life) for life in token_lives), timedelta()),
        last_expiry=last_expiry,
    )
    click.echo(f"Key {rotated.kid} is published and signs from {represent_time(rotated.switch_at)} on.\n")
    return rotated


def _tokens_in_flight() -> tuple[datetime | None, timedelta]:
    """Return when the last access token ends that was issued, and how long one lives that is issued now."""
    life = timedelta(seconds=_config().access_token_ttl_seconds)
    try:
        return find_last_access_expiry(db.session), life
    except SQLAlchemyError as error:
        db.session.rollback()
        reason = type(error).__name__
        click.echo(
            f"The database does not tell which tokens are alive ({reason}); the longest life is assumed.", err=True
        )
        return None, timedelta(seconds=LONGEST_ACCESS_TOKEN_TTL_SECONDS)


def _replace_at_once(folder: Path) -> Rotation:
    rotated = operations.replace_key_at_once(folder)
    # So that whoever reads the end of this command may rely on it.
    time.sleep(max(0.0, (rotated.switch_at - datetime.now(UTC)).total_seconds()))
    click.echo(f"Key {rotated.kid} signs now, and no other is accepted: every client has to refresh its tokens.\n")
    return rotated


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what can be wrong with a ring and its folder into a message for the operator."""
    try:
        yield
    except KeyRingInvalid as error:
        raise click.ClickException(f"{error}\nNothing was changed.") from error
    except WrittenTooLate as error:
        raise click.ClickException("The disk was too slow to publish the key in time. Nothing was changed.") from error
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror or error}. Nothing was changed.") from error


def _config() -> AuthConfig:
    config: AuthConfig = current_app.config["SERVICE"]
    return config
