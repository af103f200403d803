"""Running the migrations of one service in its own schema, one runner at a time and never behind a long lock."""

from __future__ import annotations

import zlib
from typing import Any

from alembic import context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

VERSION_TABLE = "migrations"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


def run(database: SQLAlchemy, schema: str) -> None:
    """Run what the Alembic context asks for against ``schema`` of ``database``."""

    def only_own_schema(name: str | None, kind: str, _parents: Any) -> bool:
        return name == schema if kind == "schema" else True

    with database.engine.connect() as connection:
        # Two migrators started at once: the second waits here and then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": zlib.crc32(f"migrate {schema}".encode())})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            version_table=VERSION_TABLE,
            version_table_schema=schema,
            include_schemas=True,
            include_name=only_own_schema,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
