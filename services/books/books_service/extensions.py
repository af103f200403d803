"""The Flask extensions of the books service, made here and bound to an application in ``app``."""

from __future__ import annotations

from flask_migrate import Migrate

from servicekit.database import create_database

SCHEMA = "books"

db = create_database(SCHEMA)
migrate = Migrate()
