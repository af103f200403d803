"""The database of a service: one engine whose every wait has an end, and constraint names as facts.

A statement, a lock, a connection from the pool and a connection to the server each have a time limit, and a wait
callback bounds the socket itself, because a frozen server keeps its connections open and answers nothing.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg2
import psycopg2.extensions
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, MetaData, event, func, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import DateTime

CONNECT_TIMEOUT_SECONDS = 2
POOL_TIMEOUT_SECONDS = 2
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000
# Longer than a statement may take, so that it only ends waits for a server that no longer answers at all.
SOCKET_WAIT_SECONDS = 6.0

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def create_database(schema: str) -> SQLAlchemy:
    """Return the flask-sqlalchemy extension for tables in ``schema``."""

    class Base(DeclarativeBase):
        metadata = MetaData(schema=schema, naming_convention=NAMING_CONVENTION)

    return SQLAlchemy(model_class=Base)


class Versioned:
    """Columns of every table: the version counts changes and guards against lost ones, the times are UTC."""

    version: Mapped[int] = mapped_column(default=1, server_default="1", nullable=False)
    created_at: Mapped[Any] = mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    updated_at: Mapped[Any] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now(), nullable=False
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def database_url(url: str, password: str) -> URL:
    """Return ``url`` with ``password``.

    Raises:
        ValueError: when the driver is not named, since the bare scheme means another driver.
    """
    parsed = make_url(url)
    if parsed.drivername != "postgresql+psycopg2":
        raise ValueError("the database URL must start with postgresql+psycopg2://")
    return parsed.set(password=password)


def engine_options(application_name: str, pool_size: int) -> dict[str, Any]:
    """Return the SQLAlchemy engine options of a service with ``pool_size`` threads a process."""
    server_settings = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_MS,
        "timezone": "UTC",
    }
    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": application_name,
            "options": " ".join(f"-c {name}={value}" for name, value in server_settings.items()),
        },
    }


def bound_socket_waits(seconds: float = SOCKET_WAIT_SECONDS) -> None:
    """Make every psycopg2 call of this process give up after ``seconds`` without an answer.

    The timeouts of the server do not help when the server itself is frozen or unreachable.
    """
    psycopg2.extensions.set_wait_callback(_wait_at_most(seconds))


def _wait_at_most(seconds: float) -> Callable[[Any], None]:
    events = {psycopg2.extensions.POLL_READ: select.POLLIN, psycopg2.extensions.POLL_WRITE: select.POLLOUT}

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            poller = select.poll()
            poller.register(connection.fileno(), events[state])
            if not poller.poll(seconds * 1000):
                # psycopg2 closes the connection on any error from here. Closing it here waits for a lock that this
                # very call holds, for ever.
                raise psycopg2.OperationalError("the database server did not answer in time")

    return wait


def count_statements(engine: Engine, counted: list[str]) -> None:
    """Append the text of every statement that ``engine`` runs to ``counted``; tests keep query budgets with it."""

    @event.listens_for(engine, "before_cursor_execute")
    def _count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)


@contextlib.contextmanager
def constraint_errors(errors: Mapping[str, type[Exception]]) -> Iterator[None]:
    """Turn the violation of a named constraint into the domain error it stands for.

    Args:
        errors: constraint name to the exception class raised in its place; any other violation passes through.
    """
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in errors:
            raise errors[name] from error
        raise
