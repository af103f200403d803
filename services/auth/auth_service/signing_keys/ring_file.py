"""Replacing the ring file by one rename, which every reader sees as a whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from servicekit.key_ring import RING_FILE, SigningKey, read_ring

# The services are other users than the one who writes; the folder is closed to everybody else.
READABLE = 0o444


class WrittenTooLate(Exception):
    """Storing the new ring took so long that not every process would have read it in time; the old one is in place."""


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Wait until nobody else rewrites the ring in ``folder``, and keep others waiting meanwhile.

    The folder itself is locked, so that nothing is left behind in it.

    Raises:
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_ring(
    folder: Path,
    keys: Sequence[SigningKey],
    *,
    not_after: datetime | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Put ``keys`` in the place of the ring in ``folder``; to be called inside ``exclusive``.

    Raises:
        WrittenTooLate: it is later than ``not_after``.
        KeyRingInvalid: no service would take these keys.
        OSError: the folder cannot be written to.
    In each case the ring that was there is there still.
    """
    successor = folder / f"{RING_FILE}.new"
    # One that was left behind by a command that was killed may belong to another user.
    successor.unlink(missing_ok=True)
    try:
        with successor.open("x", encoding="utf-8") as file:
            json.dump({"keys": [_entry(key) for key in keys]}, file, indent=2)
            file.write("\n")
            os.fchmod(file.fileno(), READABLE)
            file.flush()
            os.fsync(file.fileno())
        read_ring(successor)
        if not_after is not None and clock() > not_after:
            raise WrittenTooLate
        successor.rename(folder / RING_FILE)
    finally:
        successor.unlink(missing_ok=True)
    _sync_folder(folder)


def represent_time(moment: datetime) -> str:
    """Return a time of the ring as the file and its table show it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entry(key: SigningKey) -> dict[str, str | None]:
    return {
        "kid": key.kid,
        "secret": key.secret.decode(),
        "state": key.state,
        "active_from": represent_time(key.active_from),
        "retire_at": None if key.retire_at is None else represent_time(key.retire_at),
    }


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # The ring is in place for every reader; a file system that cannot promise more must not make this a failure.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
