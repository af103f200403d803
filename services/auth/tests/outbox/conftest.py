"""A real HTTP server in the place of books, and the shortest ways to record and deliver."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Row, select

from auth_service.audit.origin import Origin
from auth_service.extensions import db
from auth_service.outbox import operations
from auth_service.outbox.kinds import ACCOUNT_RENAMED
from auth_service.outbox.models import AccountEvent
from auth_service.outbox.recording import record_event
from auth_service.outbox.transport import BooksTransport


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Books:
    """What the server received, and what it answers to an event."""

    port: int = field(default_factory=free_port)
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    # From an event to a status, a status with headers, or one with a body; it may also wait.
    answer: Callable[[dict[str, Any]], Any] = lambda event: 200
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def of(self, user_id: int) -> list[int]:
        """Return the sequences that came for an account, as they came."""
        return [event["sequence"] for event in self.received if event["user_id"] == user_id]

    def start(self) -> None:
        """Begin to listen."""
        books = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                books.received.append(event)
                books.headers.append(dict(self.headers))
                books.paths.append(self.path)
                answer = books.answer(event)
                status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"{}")
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            # What still waits for an answer when the test is over is nobody's concern.
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                """A client that gave up is what the test wants."""

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Listen no longer; every connection is refused from now on."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@pytest.fixture
def books() -> Iterator[Books]:
    """A running server in the place of books, which takes everything."""
    books = Books()
    books.start()
    yield books
    books.stop()


@pytest.fixture
def transport(books: Books) -> BooksTransport:
    """Return a transport to that server."""
    return BooksTransport(books.url, lambda: "a-token", at_once=operations.EVENTS_AT_ONCE)


@pytest.fixture
def context(app: Flask, rolled_back: SQLAlchemy) -> Iterator[Flask]:
    """Run the test in an application context and one transaction that is rolled back."""
    with app.app_context():
        yield app


@pytest.fixture(name="record")
def _record() -> Callable[..., int]:
    """Return a function that records an event, commits and gives its id."""

    def record(user_id: int = 1, kind: str = ACCOUNT_RENAMED, name: str | None = "Ada", **origin: Any) -> int:
        payload = {"display_name": name} if kind == ACCOUNT_RENAMED else None
        record_event(db.session, kind, origin=Origin(**origin), user_id=user_id, payload=payload)
        db.session.commit()
        return int(db.session.execute(select(AccountEvent.id).order_by(AccountEvent.id.desc()).limit(1)).scalar_one())

    return record


@pytest.fixture(name="deliver")
def _deliver(transport: BooksTransport) -> Callable[..., bool]:
    """Return a function that does a round, as many seconds later as told."""

    def deliver(*, later: float = 0.0, over: Any = transport) -> bool:
        return operations.deliver_due_events(
            db.session, over, clock=lambda: datetime.now(UTC) + timedelta(seconds=later)
        )

    return deliver


@pytest.fixture(name="stored")
def _stored() -> Callable[[int], Row[Any]]:
    """Return a function that gives an event as it is in the database."""
    return lambda event: db.session.execute(select(AccountEvent.__table__).where(AccountEvent.id == event)).one()
