"""The settings of the web server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from servicekit.env import setting


def threads_setting() -> Any:
    """Declare the field of the threads of a worker, which is also the size of its database pool."""
    return setting(
        "COLOPHON_WEB_THREADS",
        "Threads in each worker; also the size of its database pool.",
        default=4,
        minimum=2,
        maximum=64,
    )


@dataclass(frozen=True)
class WebServerConfig:
    """How many requests one container answers at a time."""

    workers: int = setting(
        "COLOPHON_WEB_WORKERS", "Worker processes in each service container.", default=2, minimum=1, maximum=64
    )
    threads: int = threads_setting()
