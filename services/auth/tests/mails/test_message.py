"""Mails as messages for the wire, which nobody adds a header to."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from auth_service.mails.message import message_of
from auth_service.mails.sender import sender_address

NOW = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
SENDER = sender_address("no-reply@books.example")


def mail(**changes):
    values = {"id": 1, "recipient": "a@example.org", "subject": "Hello", "text": "text\n", "html": "<p>x</p>\n"}
    return SimpleNamespace(created_at=NOW, **{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "a@example.org\r\nBcc: b@example.org"},
        {"recipient": "a@example.org\nBcc: b@example.org"},
        {"recipient": "a@example.org, b@example.org"},
        {"recipient": "a@example.org>\r\nDATA"},
        {"recipient": ""},
        {"subject": "Hello\r\nBcc: b@example.org"},
        {"subject": "Hello\nBcc: b@example.org"},
        {"subject": "Hello\rBcc: b@example.org"},
    ],
)
def test_line_break_in_a_header_is_refused(changes):
    with pytest.raises(ValueError, match=r"address|[Hh]eader"):
        message_of(mail(**changes), SENDER, NOW)


def test_text_cannot_end_the_message_early():
    message, _ = message_of(mail(text="one\n.\nMAIL FROM:<x>\r\rtwo\n"), SENDER, NOW)
    wire = message.as_bytes()

    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert b"\n" not in wire.replace(b"\r\n", b"")


def test_id_is_the_same_each_time_and_of_no_other_mail():
    def id_of(**changes):
        return message_of(mail(**changes), SENDER, NOW)[0]["Message-ID"]

    assert id_of() == id_of(subject="another")
    assert len({id_of(), id_of(id=2), id_of(recipient="b@example.org")}) == 3
    assert "example.org" not in id_of()


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("no-reply@books.example", "", "no-reply@books.example"),
        ("Colophon <no-reply@books.example>", "Colophon", "no-reply@books.example"),
        ('"The library, Ltd." <a@b\u00fccher.example>', "The library, Ltd.", "a@xn--bcher-kva.example"),
        ("B\u00fccherei <a@localhost>", "B\u00fccherei", "a@localhost"),
    ],
)
def test_sender_is_one_address(text, name, address):
    sender = sender_address(text)

    assert (sender.display_name, sender.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "", "nobody", "a@b.example, c@d.example", "x: a@b.example;", "<>", "A <a@b.example> junk",
        "a@b.example\r\nBcc: c@d.example", "j\u00f6rg@example.org", "a b@c.example", "Library, Inc <a@b.example>",
    ],
)  # fmt: skip
def test_other_senders_are_refused(text):
    with pytest.raises(ValueError, match="must be an address"):
        sender_address(text)
