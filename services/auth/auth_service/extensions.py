"""The Flask extensions of the auth service, made here and bound to an application in ``app``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from flask_migrate import Migrate

from servicekit.database import create_database

if TYPE_CHECKING:
    # The parts need models, and these need the database below.
    from auth_service.wiring import Wiring

SCHEMA = "auth"
# Wakes the worker: what is queued in a transaction notifies it (see ``servicekit.work_queue.wake``).
WORK_CHANNEL = "auth_work"

db = create_database(SCHEMA)
migrate = Migrate()


def wiring() -> Wiring:
    """Return the parts of the current application that know its configuration."""
    parts: Wiring = current_app.extensions["wiring"]
    return parts
