"""The pytest plugin of both services; a service's conftest adds its application and its row builders.

Every pytest-xdist worker has a database of its own, made from the one that the first-start script prepared and migrated
by the real migrations as the owner role. Applications run as the service role. Each test is rolled back.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import flask_migrate
import psycopg2.errors
import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from servicekit.testing.containers import DATABASE, STARTED_BY, ServerContainers, Servers, redis_client
from servicekit.testing.tokens import TokenFactory

_containers: ServerContainers | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers once, in the controlling process; workers find them through the environment."""
    global _containers  # noqa: PLW0603 - one pair of servers a run, ended by the hook below
    if STARTED_BY not in os.environ and not session.config.option.collectonly:
        _containers = ServerContainers()
        os.environ[STARTED_BY] = _containers.start().to_environment()


def pytest_sessionfinish() -> None:
    """Remove what this process started."""
    if _containers is not None:
        _containers.stop()
        del os.environ[STARTED_BY]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """Return the running PostgreSQL and Redis."""
    return Servers.from_environment()


@pytest.fixture(scope="session")
def worker_number(worker_id: str) -> int:
    """Return the number of this test worker, 0 without pytest-xdist."""
    return int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0


@pytest.fixture(scope="session")
def signing_keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key ring of one random key."""
    directory = tmp_path_factory.mktemp("signing-keys")
    key = {
        "kid": "test-1",
        "secret": secrets.token_urlsafe(48),
        "state": "active",
        "active_from": "2020-01-01T00:00:00Z",
    }
    (directory / "ring.json").write_text(json.dumps({"keys": [key]}))
    return directory


@pytest.fixture(scope="session")
def service_environment(servers: Servers, worker_number: int, signing_keys_dir: Path) -> Callable[..., dict[str, str]]:
    """Return a function that gives the environment of a service: (schema, role suffix) to variables."""

    def environment(schema: str, role: str = "service") -> dict[str, str]:
        prefix = schema.upper()
        database = f"{schema}_{worker_number}"
        url = f"postgresql+psycopg2://{schema}_{role}@127.0.0.1:{servers.postgres_port}/{database}"
        return {
            f"{prefix}_DATABASE_URL": url,
            f"{prefix}_DATABASE_PASSWORD": servers.password,
            "COLOPHON_REDIS_URL": f"redis://127.0.0.1:{servers.redis_port}/{worker_number}",
            "COLOPHON_REDIS_PASSWORD": servers.password,
            "COLOPHON_SIGNING_KEYS_DIR": str(signing_keys_dir),
            "COLOPHON_LOG_LEVEL": "warning",
        }

    return environment


@pytest.fixture(scope="session")
def migrated_app(
    servers: Servers, worker_number: int, service_environment: Callable[..., dict[str, str]]
) -> Callable[[str, Callable[[dict[str, str]], Flask]], Flask]:
    """Return a function that makes this worker's database of a schema, migrates it and returns the application."""

    def make(schema: str, build: Callable[[dict[str, str]], Flask]) -> Flask:
        create_worker_database(servers, f"{schema}_{worker_number}")
        with build(service_environment(schema, "owner")).app_context():
            flask_migrate.upgrade()
        app = build(service_environment(schema))
        app.testing = True
        # Flask would hand exceptions to the test; a customer gets the envelope.
        app.config["PROPAGATE_EXCEPTIONS"] = False
        return app

    return make


def create_worker_database(servers: Servers, name: str) -> None:
    """Make the database ``name`` anew from the prepared one."""
    with closing(servers.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        while True:
            try:
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}"')
                return
            except psycopg2.errors.ObjectInUse:  # another worker copies it this moment
                continue


@pytest.fixture(scope="session")
def tokens(signing_keys_dir: Path, scopes_by_role: dict[str, str]) -> TokenFactory:
    """Return what makes real access tokens; ``scopes_by_role`` comes from the conftest of the service."""
    return TokenFactory(signing_keys_dir, scopes_by_role)


@pytest.fixture
def empty_redis(servers: Servers, worker_number: int) -> None:
    """Start the test with no limit used up and nothing revoked, which is known: the sentinel is there."""
    # Not when the plugin is loaded: nothing is measured yet then, and the module would look untested.
    from servicekit.revocation import SENTINEL_KEY

    client = redis_client(servers, worker_number)
    client.flushdb()
    client.set(SENTINEL_KEY, "1")


@pytest.fixture
def rolled_back(app: Flask, database: SQLAlchemy) -> Iterator[SQLAlchemy]:
    """Run the test inside one transaction that is rolled back; commits of the product become savepoints.

    ``app`` and ``database`` come from the conftest of the service.
    """
    with app.app_context():
        engines = database._app_engines[app]
        engine = engines[None]
    connection = engine.connect()
    transaction = connection.begin()
    engines[None] = connection  # type: ignore[assignment]
    database.session.session_factory.configure(join_transaction_mode="create_savepoint")
    yield database
    with app.app_context():
        database.session.remove()
    engines[None] = engine
    database.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
    transaction.rollback()
    connection.close()


@pytest.fixture
def truncated(servers: Servers, worker_number: int, app: Flask) -> Iterator[None]:
    """For tests that need real commits from several threads: empty every table afterwards."""
    yield
    schema = app.name
    with closing(servers.connect(f"{schema}_{worker_number}")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'migrations'", [schema])
        tables = ", ".join(f'"{schema}"."{row[0]}"' for row in cursor.fetchall())
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
