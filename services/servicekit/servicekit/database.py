"""The database of a service: one engine whose every wait has an end, and constraint names as facts.

A statement, a lock, a connection from the pool and a connection to the server each have a time limit, and a wait
callback bounds the socket itself, because a frozen server keeps its connections open and answers nothing.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import flask_sqlalchemy.session
import psycopg2
import psycopg2.extensions
from flask import Flask, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Connection, MetaData, event, func, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, IntegrityError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, scoped_session
from sqlalchemy.types import DateTime

# What operations and queries work with; flask-sqlalchemy's session is a scoped one of a class of its own.
DatabaseSession: TypeAlias = "Session | scoped_session[Any]"

Outcome = TypeVar("Outcome")
# Called by an operation with its outcome when nothing is left to do but the commit.
BeforeCommit: TypeAlias = Callable[[Outcome], None]

CONNECT_TIMEOUT_SECONDS = 2
POOL_TIMEOUT_SECONDS = 2
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000
# Longer than a statement may take, so that it only ends waits for a server that no longer answers at all.
SOCKET_WAIT_SECONDS = 6.0
# A connection used less than this ago is taken to be alive; asking each time would be a round trip a request.
PING_AFTER_IDLE_SECONDS = 1.0
SAFE_METHODS = ("GET", "HEAD")

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def just_commit(_outcome: object) -> None:
    """Do nothing before a commit."""


def create_database(schema: str) -> SQLAlchemy:
    """Return the flask-sqlalchemy extension for tables in ``schema``."""

    class Base(DeclarativeBase):
        metadata = MetaData(schema=schema, naming_convention=NAMING_CONVENTION)

    return SQLAlchemy(model_class=Base, session_options={"class_": RequestSession})


class RequestSession(flask_sqlalchemy.session.Session):
    """A session whose reads for a safe request (RFC 9110, section 9.2.1) run in autocommit mode.

    Each statement sees what is committed when it starts, as in a transaction at our isolation level, without the round
    trips of BEGIN and ROLLBACK.
    """

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return what statements run on."""
        bind = super().get_bind(*args, **kwargs)
        if isinstance(bind, Engine) and has_request_context() and request.method in SAFE_METHODS:
            # The same one each time, or every statement would take a connection of its own.
            if bind not in _autocommitting:
                _autocommitting[bind] = bind.execution_options(isolation_level="AUTOCOMMIT")
            return _autocommitting[bind]
        return bind


_autocommitting: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def init_app(app: Flask, database: SQLAlchemy) -> None:
    """Bind ``database`` to ``app`` and have idle connections asked whether they are alive before they are used."""
    database.init_app(app)
    with app.app_context():
        _ping_idle_connections(database.engine)
        # SQLAlchemy would name the level of the server, which the driver then tells the server at the next change.
        database.engine.dialect.reset_isolation_level = _use_the_level_of_the_server  # type: ignore[method-assign,assignment]


def _use_the_level_of_the_server(connection: Any) -> None:
    """Take a connection out of autocommit mode without a round trip."""
    connection.set_isolation_level(None)


def _ping_idle_connections(engine: Engine) -> None:
    """Make ``engine`` replace its connections when one that was idle turns out to be dead."""

    @event.listens_for(engine, "checkin")
    def _remember(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < PING_AFTER_IDLE_SECONDS:
            return
        _pinging.now = True
        try:
            engine.dialect.do_ping(connection)
        except psycopg2.Error as error:
            # Every other idle connection went the same way.
            raise InvalidatePoolError from error
        finally:
            _pinging.now = False


_pinging = threading.local()


class Versioned:
    """Columns of every table: the version counts changes and guards against lost ones, the times are UTC."""

    version: Mapped[int] = mapped_column(default=1, server_default="1", nullable=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now(), nullable=False
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
        return {"version_id_col": cls.version}


def database_url(url: str, password: str) -> URL:
    """Return ``url`` with ``password``.

    Raises:
        ValueError: when it is no URL or names no driver, since the bare scheme means another driver.
    """
    problem = "the database URL must be postgresql+psycopg2://role@host:port/name"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError(problem) from error
    if parsed.drivername != "postgresql+psycopg2":
        raise ValueError(problem)
    return parsed.set(password=password)


def engine_options(application_name: str, pool_size: int) -> dict[str, Any]:
    """Return the SQLAlchemy engine options of a service with ``pool_size`` threads a process."""
    server_settings = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_MS,
        "timezone": "UTC",
        # Compiling a statement takes longer than any of ours that is worth it.
        "jit": "off",
    }
    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
        # Errors are logged with their statement; its values are people's data.
        "hide_parameters": True,
        "connect_args": {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": application_name,
            "options": " ".join(f"-c {name}={value}" for name, value in server_settings.items()),
        },
    }


def bound_socket_waits(seconds: float = SOCKET_WAIT_SECONDS, connect_seconds: float = CONNECT_TIMEOUT_SECONDS) -> None:
    """Make every psycopg2 call of this process give up after ``seconds`` without an answer.

    The timeouts of the server do not help when the server itself is frozen or unreachable. Connecting and the pool's
    ping, which the server answers at once or not at all, get ``connect_seconds``; libpq's ``connect_timeout`` has no
    force under a wait callback. COPY and large objects cannot be used either.
    """
    psycopg2.extensions.set_wait_callback(_wait_at_most(seconds, connect_seconds))


def wait_without_bound() -> None:
    """Undo ``bound_socket_waits``, for a process whose statements may take their time."""
    psycopg2.extensions.set_wait_callback(None)


def _wait_at_most(seconds: float, connect_seconds: float) -> Callable[[Any], None]:
    events = {psycopg2.extensions.POLL_READ: select.POLLIN, psycopg2.extensions.POLL_WRITE: select.POLLOUT}

    def wait(connection: Any) -> None:
        quick = connection.status == psycopg2.extensions.STATUS_SETUP or getattr(_pinging, "now", False)
        milliseconds = (connect_seconds if quick else seconds) * 1000
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            poller = select.poll()
            poller.register(connection.fileno(), events[state])
            if not poller.poll(milliseconds):
                # psycopg2 closes the connection on any error from here. Closing it here waits for a lock that this
                # very call holds, for ever.
                raise psycopg2.OperationalError("the database server did not answer in time")

    return wait


@contextlib.contextmanager
def constraint_errors(errors: Mapping[str, type[Exception]]) -> Iterator[None]:
    """Turn the violation of a named constraint into the domain error it stands for.

    Args:
        errors: constraint name to the exception class raised in its place; any other violation passes through.
    """
    try:
        yield
    except IntegrityError as error:
        name: str | None = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name is not None and name in errors:
            raise errors[name] from error
        raise
