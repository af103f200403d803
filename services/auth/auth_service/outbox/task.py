"""The worker's task that delivers account events."""

from __future__ import annotations

from datetime import UTC, datetime

from auth_service.extensions import db
from auth_service.outbox import operations
from auth_service.outbox.transport import BooksTransport
from servicekit.worker import Application, Task

NAME = "outbox"
INTERVAL_SECONDS = 1.0


def outbox_task(app: Application) -> Task:
    """Return the task that tells the books service what happened to accounts."""
    issuer = app.extensions["wiring"].issuer
    books = BooksTransport(
        app.config["SERVICE"].books_url,
        lambda: issuer.issue_service_token(now=datetime.now(UTC)),
        at_once=operations.EVENTS_AT_ONCE,
    )

    def deliver() -> bool:
        with app.app_context():
            return operations.deliver_due_events(db.session, books, clock=lambda: datetime.now(UTC))

    return Task(NAME, INTERVAL_SECONDS, deliver)
