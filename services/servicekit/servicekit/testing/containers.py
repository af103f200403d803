"""One PostgreSQL and one Redis for a whole test run, on the images and with the first-start script of the product."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before the first import of testcontainers: its reaper is an image of its own, which a machine without registry lacks.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

import psycopg2
import redis
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from testcontainers.core.waiting_utils import WaitStrategy

REPOSITORY = Path(__file__).resolve().parents[4]
INITDB = REPOSITORY / "deploy" / "postgres" / "initdb.d"
ROLES = ("postgres", "auth_owner", "auth_service", "books_owner", "books_service")
DATABASE = "colophon"
STARTED_BY = "COLOPHON_TEST_SERVERS"
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the test servers are and the one password that all their roles have."""

    postgres_port: int
    redis_port: int
    password: str

    def to_environment(self) -> str:
        """Return the servers as text for the environment of the test workers."""
        return f"{self.postgres_port},{self.redis_port},{self.password}"

    @classmethod
    def from_environment(cls) -> Servers:
        """Return the servers that the controlling process started."""
        postgres_port, redis_port, password = os.environ[STARTED_BY].split(",")
        return cls(int(postgres_port), int(redis_port), password)

    def connect(self, database: str, role: str = "postgres") -> psycopg2.extensions.connection:
        """Return an autocommitting connection."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.postgres_port, dbname=database, user=role, password=self.password
        )
        connection.autocommit = True
        return connection


class PostgresAnswers(WaitStrategy):
    """Waits until PostgreSQL takes a connection over TCP.

    Its log tells nothing: the private server of the first start, which listens on no port, says that it is ready too.
    """

    def __init__(self, database: str, password: str) -> None:
        super().__init__()
        self._database = database
        self._password = password

    def wait_until_ready(self, container: Any) -> None:
        """Return when it does; raise psycopg2.OperationalError after the start timeout."""
        deadline = time.monotonic() + self._startup_timeout
        address = {"host": "127.0.0.1", "port": container.get_exposed_port(5432), "connect_timeout": 2}
        while True:
            try:
                psycopg2.connect(dbname=self._database, user="postgres", password=self._password, **address).close()
                return
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)


class ServerContainers:
    """Starts the containers and removes exactly those."""

    def __init__(self) -> None:
        self._password = secrets.token_urlsafe(24)
        self._secrets_dir = Path(tempfile.mkdtemp(prefix="colophon-test-"))
        # The container's user is not ours, and the folder is private to this run.
        self._secrets_dir.chmod(0o755)
        for role in ROLES:
            (self._secrets_dir / f"{role}_password").write_text(self._password)
        self._postgres = (
            DockerContainer("postgres:17")
            # Nothing here has to outlive the run, so nothing waits for a disk.
            .with_command(
                "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
            )
            .with_env("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres_password")
            .with_env("POSTGRES_DB", DATABASE)
            .with_env("POSTGRES_INITDB_ARGS", "--locale-provider=builtin --locale=C.UTF-8 --encoding=UTF8")
            .with_volume_mapping(str(INITDB), "/docker-entrypoint-initdb.d", "ro")
            .with_volume_mapping(str(self._secrets_dir), "/run/secrets", "ro")
            .with_exposed_ports(5432)
            .waiting_for(PostgresAnswers(DATABASE, self._password))
        )
        self._redis = (
            DockerContainer("redis:8")
            .with_command(f"redis-server --requirepass {self._password} --save ''")
            .with_exposed_ports(6379)
            .waiting_for(LogMessageWaitStrategy("Ready to accept connections").with_poll_interval(POLL_SECONDS))
        )

    def start(self) -> Servers:
        """Start both and return where they are."""
        self._postgres.start()
        self._redis.start()
        return Servers(
            int(self._postgres.get_exposed_port(5432)), int(self._redis.get_exposed_port(6379)), self._password
        )

    def stop(self) -> None:
        """Remove both, with their data."""
        self._postgres.stop()
        self._redis.stop()
        shutil.rmtree(self._secrets_dir, ignore_errors=True)


def redis_client(servers: Servers, number: int) -> redis.Redis:
    """Return a client of the numbered Redis database."""
    return redis.Redis("127.0.0.1", servers.redis_port, number, password=servers.password, decode_responses=True)
