"""The folder in which the processes under one gunicorn count together."""

from __future__ import annotations

import tempfile
from typing import Any


def fresh_folder() -> str:
    """Return a new empty folder, so that no count of an earlier start is in it; in a container ``/tmp`` is memory."""
    return tempfile.mkdtemp(prefix="colophon-metrics-")


def forget_dead_worker(_server: Any, worker: Any) -> None:
    """Take a worker that has ended out of the metrics that tell of living ones; what it counted stays counted."""
    # Not before gunicorn has told the library by the environment that several processes count.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
