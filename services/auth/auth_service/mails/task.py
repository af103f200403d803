"""The worker's task that sends mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from auth_service.extensions import db
from auth_service.mails import operations, queries
from auth_service.mails.transport import SmtpTransport, transport_of
from servicekit.worker import Application, Task

log = structlog.get_logger(__name__)

NAME = "mails"
INTERVAL_SECONDS = 2.0
# With nowhere to send to there is nothing to do but to be alive.
IDLE_INTERVAL_SECONDS = 60.0


def mails_task(app: Application) -> Task:
    """Return the task that sends due mails; without a mail server it only says so, in its first round."""
    transport = transport_of(app.config["SERVICE"])
    if transport is None:
        return Task(NAME, IDLE_INTERVAL_SECONDS, _NoTransport(app).say_so)
    return Task(NAME, INTERVAL_SECONDS, _Delivery(app, transport).deliver)


@dataclass(frozen=True, slots=True)
class _Delivery:
    app: Application
    transport: SmtpTransport

    def deliver(self) -> bool:
        with self.app.app_context():
            return operations.deliver_due_mails(db.session, self.transport, clock=lambda: datetime.now(UTC))


@dataclass(slots=True)
class _NoTransport:
    app: Application
    said: bool = False

    def say_so(self) -> bool:
        if not self.said:
            with self.app.app_context():
                waiting = queries.count_undone_mails(db.session)
            reason = "AUTH_SMTP_HOST is not set"
            log.warning("mails_are_not_sent", reason=reason, waiting=waiting, read_them="make mails")
            self.said = True
        return False
