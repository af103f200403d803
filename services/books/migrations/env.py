"""Alembic's entry into the migrations of the books service."""

from books_service.extensions import SCHEMA, db
from servicekit import migrations

migrations.run(db, SCHEMA)
