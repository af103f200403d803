"""Health of the books service: one public answer, and two internal ones that the gateway does not route."""

from __future__ import annotations

from books_service.extensions import SCHEMA, db
from servicekit.health import database_check, health_blueprints

blueprint, internal = health_blueprints(SCHEMA, {"database": database_check(db.session)})
