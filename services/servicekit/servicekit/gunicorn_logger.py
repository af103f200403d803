"""gunicorn's own messages in the log format of the services."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger


class JsonLogger(Logger):
    """Hands gunicorn's error log to the root logger, which writes JSON lines."""

    def setup(self, cfg: Any) -> None:
        """Attach no handler of gunicorn's own."""
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)
