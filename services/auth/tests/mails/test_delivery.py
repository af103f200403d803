"""Mails on their way through a real mail server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from auth_service.extensions import db
from auth_service.mails import operations
from auth_service.mails.kinds import PASSWORD_CHANGED
from auth_service.mails.models import Mail

from .conftest import LINK, transport_to

pytestmark = pytest.mark.usefixtures("context")


def seconds_until_due(mail):
    return (mail.due_at - datetime.now(UTC)).total_seconds()


def test_mail_arrives_as_plain_text_and_html(transport, mailbox, queue, deliver, stored):
    mail_id = queue("ada@example.org")

    assert deliver(transport) is False

    (message,) = mailbox.messages
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@books.example", ["ada@example.org"])
    assert message["From"] == "Colophon <no-reply@books.example>"
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Choose a new password for Colophon"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@books.example>")
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert LINK in body.get_content()
        assert "Hello Ada," in body.get_content()
        assert body["Content-Transfer-Encoding"] == "quoted-printable"
    assert all(len(line) <= 998 for line in envelope.content.splitlines())
    mail = stored(mail_id)
    assert mail.done_at is not None
    assert (mail.failed_at, mail.leased_until, mail.last_error, mail.attempts) == (None, None, None, 1)


def test_sent_mail_keeps_no_secret(transport, queue, deliver, stored):
    mail_id = queue()
    assert LINK in stored(mail_id).text

    deliver(transport)

    mail = stored(mail_id)
    assert (mail.text, mail.html) == ("", "")
    assert "token" not in str(tuple(mail))


def test_round_sends_all_that_is_due_over_one_connection(transport, mailbox, queue, deliver):
    for number in range(5):
        queue(f"reader{number}@example.org")

    assert deliver(transport) is False

    assert [message["To"] for message in mailbox.messages] == [f"reader{n}@example.org" for n in range(5)]
    assert len({message["Message-ID"] for message in mailbox.messages}) == 5


def test_round_that_lasts_long_lets_the_worker_look_up(transport, mailbox, queue):
    for _ in range(3):
        queue()
    ticks = iter(range(0, 1000, 2))
    start = datetime.now(UTC)

    assert operations.deliver_due_mails(db.session, transport, clock=lambda: start + timedelta(seconds=next(ticks)))
    assert 1 <= len(mailbox.messages) < 3


def test_names_of_any_script_arrive(transport, mailbox, queue, deliver):
    queue("j\u00f6rg@b\u00fccher.example", name="J\u00f6rg \u5f35")

    deliver(transport)

    (message,) = mailbox.messages
    (envelope,) = mailbox.envelopes
    assert envelope.rcpt_tos == ["j\u00f6rg@xn--bcher-kva.example"]
    assert "SMTPUTF8" in envelope.mail_options
    assert "Hello J\u00f6rg \u5f35," in message.get_body(("plain",)).get_content()


def test_domain_of_any_script_needs_no_new_mail_server(start_server, mailbox, queue, deliver):
    queue("ada@b\u00fccher.example")

    deliver(transport_to(start_server(enable_SMTPUTF8=False)))

    assert mailbox.envelopes[0].rcpt_tos == ["ada@xn--bcher-kva.example"]


def test_address_that_the_server_cannot_write_is_given_up(start_server, mailbox, queue, deliver, stored):
    mail_id = queue("j\u00f6rg@example.org")
    other = queue("ada@example.org")

    deliver(transport_to(start_server(enable_SMTPUTF8=False)))

    mail = stored(mail_id)
    assert mail.failed_at == mail.done_at
    assert mail.last_error == "the mail server takes no address with such characters"
    assert stored(other).failed_at is None
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("stage", ["on_recipient", "on_data"])
def test_mail_that_is_refused_for_now_is_sent_later(transport, mailbox, queue, deliver, stored, stage):
    mail_id = queue(expires_minutes=6000)
    setattr(mailbox, stage, "451 4.7.1 Greylisted, come back later")

    assert deliver(transport) is False

    mail = stored(mail_id)
    assert (mail.done_at, mail.attempts) == (None, 1)
    assert mail.last_error == "451 4.7.1 Greylisted, come back later"
    assert LINK in mail.text
    assert seconds_until_due(mail) <= operations.FIRST_DELAY.total_seconds()

    setattr(mailbox, stage, None)
    deliver(transport, later=operations.FIRST_DELAY.total_seconds() + 1)
    assert len(mailbox.messages) == 1
    assert (stored(mail_id).attempts, stored(mail_id).last_error) == (2, None)


def test_one_refused_mail_holds_up_no_other(transport, mailbox, queue, deliver):
    queue("nobody@example.org")
    queue("ada@example.org")
    answers = iter(["450 mailbox busy"])
    mailbox.on_recipient = "450 mailbox busy"
    original = mailbox.handle_RCPT

    async def handle(*arguments):
        mailbox.on_recipient = next(answers, None)
        return await original(*arguments)

    mailbox.handle_RCPT = handle

    assert deliver(transport) is False
    assert [message["To"] for message in mailbox.messages] == ["ada@example.org"]


def test_retries_come_ever_more_rarely_but_never_end(transport, mailbox, queue, deliver, stored, monkeypatch):
    monkeypatch.setattr(operations, "retry_delay", lambda attempts, first, most: min(most, first * 2**attempts))
    mail_id = queue(kind=PASSWORD_CHANGED, happened_at=datetime.now(UTC))
    mailbox.on_recipient = "450 not now"
    later = 0.0
    for _ in range(14):
        deliver(transport, later=later)
        later = seconds_until_due(stored(mail_id)) + 1

    mail = stored(mail_id)
    assert (mail.attempts, mail.done_at) == (14, None)
    assert seconds_until_due(mail) - 13 * 6 * 3600 < 6 * 3600


@pytest.mark.parametrize(
    ("stage", "answer"),
    [("on_recipient", "550 5.1.1 No such user"), ("on_data", "554 5.6.0 Not wanted"), ("on_recipient", "553 <\x01>")],
)
def test_mail_that_is_refused_for_good_is_not_sent_again(transport, mailbox, queue, deliver, stored, stage, answer):
    mail_id = queue()
    setattr(mailbox, stage, answer)

    deliver(transport)

    mail = stored(mail_id)
    assert mail.failed_at == mail.done_at is not None
    assert mail.last_error == answer.replace("\x01", " ")
    assert (mail.text, mail.html) == ("", "")
    setattr(mailbox, stage, None)
    deliver(transport, later=86_400)
    assert mailbox.messages == []


def test_mail_that_cannot_be_written_holds_up_no_other(transport, mailbox, queue, deliver, stored):
    mail_id = queue()
    queue()
    db.session.execute(update(Mail).where(Mail.id == mail_id).values(recipient="nobody"))
    db.session.commit()

    deliver(transport)

    assert stored(mail_id).last_error == "the recipient is no e-mail address"
    assert stored(mail_id).failed_at is not None
    assert len(mailbox.messages) == 1


def test_expired_mail_is_not_sent(transport, mailbox, queue, deliver, stored):
    mail_id = queue(expires_minutes=30)

    deliver(transport, later=30 * 60 + 1)

    mail = stored(mail_id)
    assert mailbox.messages == []
    assert mail.failed_at is not None
    assert (mail.last_error, mail.text, mail.html) == ("It expired before it could be sent.", "", "")


def test_log_tells_no_address_and_no_link(transport, mailbox, queue, deliver, caplog):
    caplog.set_level("INFO")
    queue()
    mailbox.on_recipient = "450 <ada@example.org> is busy"
    deliver(transport)
    mailbox.on_recipient = "550 <ada@example.org> is unknown"
    deliver(transport, later=60)
    mailbox.on_recipient = None
    queue()
    deliver(transport)
    mailbox.on_mail = "451 <ada@example.org>"
    queue()
    deliver(transport)

    events = {record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)}
    assert events >= {"mail_put_off", "mail_given_up", "mail_sent", "mail_server_away"}
    # The mail server of the test logs too.
    ours = str([record.msg for record in caplog.records if isinstance(record.msg, dict)])
    assert "ada@" not in ours
    assert "token" not in ours
