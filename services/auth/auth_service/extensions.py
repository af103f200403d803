"""The Flask extensions of the auth service, made here and bound to an application in ``app``."""

from __future__ import annotations

from flask import current_app
from flask_migrate import Migrate

from auth_service.wiring import Wiring
from servicekit.database import create_database

SCHEMA = "auth"

db = create_database(SCHEMA)
migrate = Migrate()


def wiring() -> Wiring:
    """Return the parts of the current application that know its configuration."""
    parts: Wiring = current_app.extensions["wiring"]
    return parts
