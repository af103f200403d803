"""Alembic's entry into the migrations of the auth service."""

from auth_service.extensions import SCHEMA, db
from servicekit import migrations

migrations.run(db, SCHEMA)
