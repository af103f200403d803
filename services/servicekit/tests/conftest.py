"""Fixtures of servicekit's tests: small applications of views made for a test, and servers that may be frozen."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from hypothesis import settings
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from servicekit import env
from servicekit.application import create_application
from servicekit.blueprint import Blueprint, create_api
from servicekit.database import create_database
from servicekit.env import RateLimits, setting
from servicekit.limits import create_limiter
from servicekit.logs import configure_logging
from servicekit.redis_client import connect
from servicekit.service_config import ServiceConfig
from servicekit.testing.containers import PostgresAnswers, Servers
from servicekit.testing.plugin import create_worker_database

settings.register_profile("servicekit", database=None, deadline=None, max_examples=40)
settings.load_profile("servicekit")

SCHEMA = "books"  # any schema that the first-start script makes
PASSWORD = "only-for-this-test"


@dataclass(frozen=True, kw_only=True)
class ExampleConfig(ServiceConfig):
    """The configuration of the applications that tests make."""

    database_url: str = setting("TEST_DATABASE_URL", "Database.")
    database_password: str = setting("TEST_DATABASE_PASSWORD", "Password of its role.", secret=True)
    rate_limit_reads: RateLimits = setting("TEST_RATE_LIMIT_READS", "Reads.", default=RateLimits("3 per minute"))
    rate_limit_failures: RateLimits = setting(
        "TEST_RATE_LIMIT_FAILURES", "Failures.", default=RateLimits("2 per minute; 20 per hour")
    )


LIMIT_SETTINGS = ("rate_limit_reads", "rate_limit_failures")

Views = Callable[[Blueprint, Limiter], None]


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    """Let the first use of any logger find the configuration of the product."""
    configure_logging("example", "info")


@pytest.fixture(autouse=True)
def _same_root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Recorder(logging.Handler):
    """Keeps the events that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what structlog made of the event, or the text of another library."""
        self.events.append(dict(record.msg) if isinstance(record.msg, dict) else {"event": record.getMessage()})

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of that name."""
        return [event for event in self.events if event["event"] == name]


@pytest.fixture
def recorder() -> Recorder:
    """Return the events logged from now on."""
    handler = Recorder()
    logging.getLogger().addHandler(handler)
    return handler


@pytest.fixture(scope="session")
def scopes_by_role() -> dict[str, str]:
    """Return the scopes of a role that views of these tests need."""
    return {"user": "books:read books:write"}


@pytest.fixture(scope="session")
def database_name(servers: Servers, worker_number: int) -> str:
    """Return the name of an empty database of this worker."""
    name = f"servicekit_{worker_number}"
    create_worker_database(servers, name)
    return name


@pytest.fixture
def environment(servers: Servers, worker_number: int, database_name: str, signing_keys_dir: Path) -> dict[str, str]:
    """Return the environment of an application; tests change it before they make one."""
    return {
        "TEST_DATABASE_URL": f"postgresql+psycopg2://{SCHEMA}_owner@127.0.0.1:{servers.postgres_port}/{database_name}",
        "TEST_DATABASE_PASSWORD": servers.password,
        "COLOPHON_REDIS_URL": f"redis://127.0.0.1:{servers.redis_port}/{worker_number}",
        "COLOPHON_REDIS_PASSWORD": servers.password,
        "COLOPHON_SIGNING_KEYS_DIR": str(signing_keys_dir),
        "COLOPHON_LOG_LEVEL": "info",
        "COLOPHON_WEB_THREADS": "2",
    }


@pytest.fixture
def database() -> SQLAlchemy:
    """Return the database extension of this test's applications, without models."""
    return create_database(SCHEMA)


@pytest.fixture
def make_app(
    environment: dict[str, str], database: SQLAlchemy, recorder: Recorder, tmp_path: Path
) -> Iterator[Callable[..., Flask]]:
    """Return a function that makes an application with the views that ``define(blueprint, limiter)`` registers."""
    made: list[tuple[Flask, Limiter]] = []

    def make(define: Views | None = None, **variables: str) -> Flask:
        limiter = create_limiter()
        app = create_application(
            "example",
            env.load(ExampleConfig, {**environment, **variables}),
            database=database,
            migrate=Migrate(),
            migrations=tmp_path / "migrations",
            limiter=limiter,
            limit_settings=LIMIT_SETTINGS,
        )
        made.append((app, limiter))
        logging.getLogger().addHandler(recorder)
        api = create_api(app, title="Example")
        app.extensions["api"] = api
        if define is not None:
            blueprint = Blueprint("example", __name__, url_prefix="/api/v1")
            define(blueprint, limiter)
            api.register_blueprint(blueprint)
        return app

    yield make
    for app, limiter in made:
        with app.app_context():
            database.engine.dispose()
        app.extensions["revocations"]._client.close()
        limiter.storage.storage.close()


@pytest.fixture
def make_client(make_app: Callable[..., Flask], empty_redis: None) -> Callable[..., FlaskClient]:
    """Return a function that makes an application as ``make_app`` does and returns its client."""
    return lambda *args, **variables: make_app(*args, **variables).test_client()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(name="free_port")
def _free_port() -> int:
    return free_port()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that takes connections and never answers, as that of a frozen server."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


class Freezable:
    """A server of one test module that may be frozen, stopped and brought back."""

    def __init__(self, container: DockerContainer, port: int) -> None:
        self._container = container
        self.port = port

    def freeze(self) -> None:
        """Keep the connections and answer nothing."""
        self._container.get_wrapped_container().pause()

    def stop(self) -> None:
        """Refuse connections."""
        self._container.get_wrapped_container().stop(timeout=1)

    def bring_back(self) -> None:
        """Undo either; nothing when it is there."""
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        if wrapped.status == "paused":
            wrapped.unpause()
        elif wrapped.status != "running":
            wrapped.start()


@pytest.fixture(scope="session")
def _own_redis_server() -> Iterator[Freezable]:
    port = free_port()
    container = (
        DockerContainer("redis:8")
        .with_command(f"redis-server --requirepass {PASSWORD} --save ''")
        .with_bind_ports(6379, port)
        .waiting_for(LogMessageWaitStrategy("Ready to accept connections").with_poll_interval(0.05))
    )
    with container:
        yield Freezable(container, port)


@pytest.fixture
def own_redis(_own_redis_server: Freezable, environment: dict[str, str]) -> Iterator[Freezable]:
    """Return an own Redis, put into the environment of this test's applications."""
    environment["COLOPHON_REDIS_URL"] = f"redis://127.0.0.1:{_own_redis_server.port}/0"
    environment["COLOPHON_REDIS_PASSWORD"] = PASSWORD
    yield _own_redis_server
    _own_redis_server.bring_back()


@pytest.fixture
def redis_connection(servers: Servers, worker_number: int, empty_redis: None) -> Iterator[redis.Redis]:
    """Return the product's own kind of connection to the emptied database of this worker."""
    with connect(f"redis://127.0.0.1:{servers.redis_port}/{worker_number}", servers.password) as made:
        yield made


@pytest.fixture
def own_redis_client(own_redis: Freezable) -> Iterator[redis.Redis]:
    """Return a client of a server that no other test uses meanwhile, emptied."""
    with connect(f"redis://127.0.0.1:{own_redis.port}/0", PASSWORD) as made:
        deadline = time.monotonic() + 5
        while True:
            try:
                made.flushall()
                break
            except redis.RedisError:  # a test before this one has only just brought it back
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield made


@pytest.fixture
def commands(own_redis_client: redis.Redis, own_redis: Freezable) -> Callable[[Callable[[], Any]], list[str]]:
    """Return a function that calls what it is given and returns the commands that Redis then got, as text."""

    def during(call: Callable[[], Any]) -> list[str]:
        own_redis_client.ping()  # so that the connection is there
        url = f"redis://127.0.0.1:{own_redis.port}/0"
        with connect(url, PASSWORD) as other, other.monitor() as seen:
            call()
            own_redis_client.echo("enough")
            got = (command["command"] for command in seen.listen())
            return list(takewhile(lambda command: command != "ECHO enough", got))

    return during


@pytest.fixture(scope="session")
def _own_postgres_server() -> Iterator[Freezable]:
    port = free_port()
    container = (
        DockerContainer("postgres:17")
        .with_env("POSTGRES_PASSWORD", PASSWORD)
        .with_command("postgres -c fsync=off")
        .with_bind_ports(5432, port)
        .waiting_for(PostgresAnswers("postgres", PASSWORD))
    )
    with container:
        yield Freezable(container, port)


@pytest.fixture
def own_postgres(_own_postgres_server: Freezable, environment: dict[str, str]) -> Iterator[Freezable]:
    """Return an own PostgreSQL, put into the environment of this test's applications."""
    environment["TEST_DATABASE_URL"] = f"postgresql+psycopg2://postgres@127.0.0.1:{_own_postgres_server.port}/postgres"
    environment["TEST_DATABASE_PASSWORD"] = PASSWORD
    yield _own_postgres_server
    _own_postgres_server.bring_back()
