"""The files of covers: a folder for each cover, named by its content, complete from the moment it is there.

A folder ``ab/<30 more digits>`` holds ``large.jpg``, ``medium.jpg`` and ``small.jpg``. What a name stands for never
changes, so that answers may be kept for ever, and replicas that store the same cover do not get in each other's way.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from books_service.covers.errors import CoversBusy

log = structlog.get_logger(__name__)

NAME = re.compile(r"[0-9a-f]{32}")
SHARD = re.compile(r"[0-9a-f]{2}")
SHARD_DIGITS = 2
PASSING = ".passing-"
# The gateway reads them as another user. The group writes, because development runs as another user, too.
FOLDER_MODE = 0o2775
FILE_MODE = 0o644
# Much longer than any upload lasts.
PASSING_SECONDS = 3600


def name_of(files: Mapping[str, bytes]) -> str:
    """Return the name of a cover with ``files``: the same for the same files only."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(hashlib.sha256(files[name]).digest())
    return digest.hexdigest()[:32]


def address_of(name: str) -> str:
    """Return the path of a cover's folder below the folder of all covers, and below their address."""
    return f"{name[:SHARD_DIGITS]}/{name[SHARD_DIGITS:]}"


class CoverStore:
    """The folder of all covers, which replicas share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def prepared(self, files: Mapping[str, bytes]) -> Iterator[Path]:
        """Write ``files`` to the disk under a passing name, for ``put`` to give them theirs.

        Raises:
            CoversBusy: the folder cannot be written to.
        """
        passing = self.folder / f"{PASSING}{secrets.token_hex(8)}"
        try:
            with _told():
                _make_folder(passing)
                for name, content in files.items():
                    _write(passing / f"{name}.jpg", content)
                _sync(passing)
            yield passing
        finally:
            shutil.rmtree(passing, ignore_errors=True)

    def put(self, prepared: Path, name: str) -> None:
        """Let what is ``prepared`` be the cover ``name``; nothing is done when that is there already.

        Raises:
            CoversBusy: the folder cannot be written to.
        """
        place = self.folder / address_of(name)
        with _told():
            _make_folder(place.parent, exist_ok=True)
            if not place.is_dir():
                prepared.rename(place)
            # Also what was there counts as new from now on.
            os.utime(place)
            _sync(place.parent)

    def shards(self) -> list[str]:
        """Return the parts that the folder has."""
        return sorted(path.name for path in self.folder.iterdir() if SHARD.fullmatch(path.name))

    def names(self, shard: str, *, unchanged_seconds: float) -> list[str]:
        """Return the covers of a part that were stored longer ago than ``unchanged_seconds``."""
        before = time.time() - unchanged_seconds
        return [
            shard + path.name
            for path in (self.folder / shard).iterdir()
            if NAME.fullmatch(shard + path.name) and path.stat().st_mtime < before
        ]

    def remove(self, name: str) -> None:
        """Remove a cover: first its name, so that no half of it is ever taken for the whole."""
        passing = self.folder / f"{PASSING}{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            (self.folder / address_of(name)).rename(passing)
            shutil.rmtree(passing, ignore_errors=True)

    def remove_passing(self) -> None:
        """Remove what uploads left behind that broke off."""
        before = time.time() - PASSING_SECONDS
        for path in self.folder.glob(f"{PASSING}*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the file system refuses, a full disk for one, into CoversBusy, with the reason in the log."""
    try:
        yield
    except OSError as error:
        log.error("cover_not_stored", reason=str(error))
        raise CoversBusy from error


def _make_folder(path: Path, *, exist_ok: bool = False) -> None:
    try:
        path.mkdir()
    except FileExistsError:
        if not exist_ok:
            raise
        return
    # Whatever the umask is.
    path.chmod(FOLDER_MODE)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), FILE_MODE)
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
