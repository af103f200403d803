"""Tells whether the tasks of a worker come round: exits with 0 unless one is overdue.

    python -m servicekit.worker_probe FOLDER SECONDS

A task whose rounds fail, hang or never began leaves its heartbeat behind. An unhealthy container is shown, not ended.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main(folder: Path, seconds: float) -> int:
    """Return 1 when a task is overdue by more than ``seconds`` or when there is no heartbeat at all, else 0."""
    try:
        due = {path.name: path.stat().st_mtime for path in folder.iterdir()}
    except OSError as error:
        sys.stderr.write(f"no heartbeats: {error}\n")
        return 1
    overdue = sorted(name for name, due_at in due.items() if time.time() - due_at > seconds)
    if overdue or not due:
        sys.stderr.write(f"overdue: {', '.join(overdue) or 'every task, for none has begun'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
