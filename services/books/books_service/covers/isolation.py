"""Having images rendered by a process of its own, one at a time in a container."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

import books_service
from books_service.covers.errors import CoversBusy, CoverTooManyPixels, CoverUnreadable
from books_service.covers.rendering_process import TOO_MANY_PIXELS, UNREADABLE

log = structlog.get_logger(__name__)

# Together shorter than the gateway waits for an answer.
TURN_WITHIN_SECONDS = 8.0
DONE_WITHIN_SECONDS = 15.0
ASK_AGAIN_SECONDS = 0.05

TURN_FILE = Path(tempfile.gettempdir()) / "covers-turn.lock"
PACKAGES = Path(books_service.__file__).parent.parent
REFUSALS = {TOO_MANY_PIXELS: CoverTooManyPixels, UNREADABLE: CoverUnreadable}


@dataclass(frozen=True, slots=True)
class RenderedFiles:
    """The images made of a cover: JPEG files by name, and the size of the largest."""

    width: int
    height: int
    files: dict[str, bytes]


class Renderer:
    """Renders images outside of the process that serves, in bounded memory and time.

    Args:
        at_once: how many threads of this process may be at it, waiting for their turn or not; others are told to come
            back, so that covers never take all threads.
    """

    def __init__(self, at_once: int) -> None:
        self._places = threading.BoundedSemaphore(at_once)

    def render(self, content: BinaryIO, media_type: str) -> RenderedFiles:
        """Return what is made of the image in ``content``.

        Raises:
            CoverUnreadable, CoverTooManyPixels: as their names say.
            CoversBusy: too many are at it, or it took too long.
        """
        if not self._places.acquire(blocking=False):
            raise CoversBusy
        try:
            with _turn(), tempfile.TemporaryFile() as file:
                shutil.copyfileobj(content, file)
                file.seek(0)
                return _read(_run(file, media_type))
        finally:
            self._places.release()


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until nobody else in this container renders, so that the memory for one image is enough for all."""
    give_up_at = time.monotonic() + TURN_WITHIN_SECONDS
    with TURN_FILE.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= give_up_at:
                    raise CoversBusy from error
                time.sleep(ASK_AGAIN_SECONDS)
        # Ends with the file, and with this process.
        yield


def _run(file: BinaryIO, media_type: str) -> bytes:
    """Return what the process writes that renders ``file``."""
    command = [sys.executable, "-P", "-m", "books_service.covers.rendering_process", media_type]
    try:
        finished = subprocess.run(  # noqa: S603 - no part of the command comes from outside but one of three types
            command,
            stdin=file,
            capture_output=True,
            # Nothing of the settings of the service.
            env={"PYTHONPATH": str(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=DONE_WITHIN_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        log.error("cover_not_rendered", reason=type(error).__name__)
        raise CoversBusy from error
    if finished.returncode:
        # It has used up its time or memory, or the decoder broke.
        log.warning("cover_broke_its_rendering", returncode=finished.returncode, said=finished.stderr[-500:].decode())
        raise CoverUnreadable
    return finished.stdout


def _read(written: bytes) -> RenderedFiles:
    head, _, rest = written.partition(b"\n")
    answer = json.loads(head)
    if "refused" in answer:
        raise REFUSALS[answer["refused"]]
    files = {}
    for name, length in answer["lengths"].items():
        files[name], rest = rest[:length], rest[length:]
    return RenderedFiles(answer["width"], answer["height"], files)
