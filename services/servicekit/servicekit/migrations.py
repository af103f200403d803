"""Running the migrations of one service in its own schema, one runner at a time and never behind a long lock."""

from __future__ import annotations

import zlib
from typing import Any

from alembic import context
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, text

from servicekit.database import wait_without_bound

VERSION_TABLE = "migrations"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


def run(database: SQLAlchemy, schema: str) -> None:
    """Run what the Alembic context asks for against ``schema`` of ``database``."""
    # A migration may take longer than any request.
    wait_without_bound()
    with database.engine.connect() as connection:
        # The lock and the settings below belong to the session, which ends here and does not go back to the pool.
        connection.detach()
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        # Two migrators started at once: the second waits here and then finds nothing to do.
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": zlib.crc32(f"migrate {schema}".encode())})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        _look_from_outside(connection)
        context.configure(connection=connection, target_metadata=database.metadata, **_options(schema))
        with context.begin_transaction():
            context.run_migrations()
            # The service role has rights to every table of the schema by default, and no business with this one.
            connection.execute(text(f'REVOKE ALL ON "{schema}"."{VERSION_TABLE}" FROM "{schema}_service"'))


def differences(database: SQLAlchemy, schema: str) -> list[Any]:
    """Return what would have to be migrated for the tables in ``schema`` to be those of the models, if anything."""
    with database.engine.connect() as connection:
        connection.detach()
        _look_from_outside(connection)
        found: list[Any] = compare_metadata(
            MigrationContext.configure(connection, opts=_options(schema)), database.metadata
        )
        return found


def _look_from_outside(connection: Connection) -> None:
    """Make the own schema one that is always named; to Alembic the first of the search path is one without a name."""
    connection.execute(text("SET search_path = extensions"))
    connection.commit()
    connection.dialect.default_schema_name = "extensions"


def _options(schema: str) -> dict[str, Any]:
    def only_own_schema(name: str | None, kind: str, _parents: Any) -> bool:
        return name == schema if kind == "schema" else True

    return {
        "version_table": VERSION_TABLE,
        "version_table_schema": schema,
        "include_schemas": True,
        "include_name": only_own_schema,
        "compare_server_default": True,
    }
