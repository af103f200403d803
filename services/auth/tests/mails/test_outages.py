"""Servers that are away and workers that die: no mail is lost by either."""

from __future__ import annotations

import socket
from contextlib import closing
from datetime import UTC, datetime

import pytest

from auth_service.extensions import db
from auth_service.mails import operations
from auth_service.mails import transport as smtp
from auth_service.mails.transport import SmtpTransport

from .conftest import free_port, transport_to

pytestmark = pytest.mark.usefixtures("context")


def seconds_until_due(mail):
    return (mail.due_at - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("on_mail", "530 5.7.0 Authentication required"),
        ("on_mail", "550 5.7.1 Sender not allowed"),
        ("on_recipient", "421 4.3.2 Closing"),
        ("on_data", "530 5.7.0 Authentication required"),
    ],
)
def test_server_that_does_not_serve_us_costs_no_mail(transport, mailbox, queue, deliver, stored, stage, answer):
    first, second = queue(), queue()
    setattr(mailbox, stage, answer)

    assert deliver(transport) is False

    mail = stored(first)
    assert (mail.done_at, mail.last_error) == (None, answer)
    # It was not tried: the server is away for all of them.
    assert stored(second).attempts == 0
    setattr(mailbox, stage, None)
    deliver(transport, later=operations.FIRST_DELAY.total_seconds() + 1)
    assert len(mailbox.messages) == 2


def test_mail_waits_for_a_server_that_refuses_connections(start_server, mailbox, queue, deliver, stored):
    mail_id = queue()
    port = free_port()

    assert deliver(transport_to(port)) is False

    mail = stored(mail_id)
    assert (mail.attempts, mail.done_at) == (1, None)
    assert mail.last_error.startswith("ConnectionRefusedError")
    start_server(port)
    deliver(transport_to(port), later=operations.FIRST_DELAY.total_seconds() + 1)
    assert len(mailbox.messages) == 1


def test_server_that_was_away_for_long_is_asked_every_ten_minutes(queue, deliver, stored, monkeypatch):
    monkeypatch.setattr(operations, "retry_delay", lambda attempts, first, most: most)
    mail_id = queue()

    deliver(transport_to(free_port()))

    assert seconds_until_due(stored(mail_id)) <= 600


def test_silent_server_is_left_soon(queue, deliver, stored, monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.1)
    mail_id = queue()
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        deliver(transport_to(listener.getsockname()[1]))

    assert "timed out" in stored(mail_id).last_error


def test_unknown_host_is_a_server_that_is_away(queue, deliver, stored):
    mail_id = queue()

    deliver(transport_to(25, host="nowhere.invalid"))

    assert stored(mail_id).done_at is None


def test_connection_that_breaks_is_opened_anew(transport, start_server, mailbox, queue, deliver):
    """Servers close a connection after some messages."""
    queue()
    queue()
    original = mailbox.handle_MAIL

    async def close_after_the_first(server, session, envelope, address, options):
        if mailbox.messages and not closed:
            closed.append(True)
            server.transport.close()
        return await original(server, session, envelope, address, options)

    closed = []
    mailbox.handle_MAIL = close_after_the_first

    deliver(transport)
    deliver(transport, later=operations.FIRST_DELAY.total_seconds() + 1)

    assert closed
    assert len(mailbox.messages) == 2


def test_worker_that_dies_after_sending_sends_again_when_its_lease_is_over(
    transport, mailbox, queue, deliver, stored, monkeypatch
):
    """At least once: nobody can know whether a mail arrived whose worker died before it could say so."""
    mail_id = queue()

    class Killed(BaseException):
        """As SIGKILL does, it leaves no time for anything."""

    class KilledAfterSending(smtp.SmtpConnection):
        """A connection whose worker dies after the mail was taken."""

        def send(self, message, recipient):
            """Send and die."""
            super().send(message, recipient)
            raise Killed

    monkeypatch.setattr(SmtpTransport, "connection", lambda transport: KilledAfterSending(transport))  # noqa: PLW0108 - a class does not bind
    with pytest.raises(Killed):
        deliver(transport)
    db.session.rollback()
    monkeypatch.undo()
    assert stored(mail_id).done_at is None

    deliver(transport, later=operations.LEASE.total_seconds() - 60)
    assert len(mailbox.messages) == 1
    deliver(transport, later=operations.LEASE.total_seconds() + 60)

    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert (stored(mail_id).attempts, stored(mail_id).done_at is None) == (2, False)
