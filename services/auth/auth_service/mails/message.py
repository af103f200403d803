"""A stored mail as a message for the wire (RFC 5322, MIME)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Row

from auth_service.users.names import email_problem, mailbox


def message_of(mail: Row[Any], sender: Address, now: datetime) -> tuple[EmailMessage, str]:
    """Return ``mail`` as a message with plain text and HTML, and the address it goes to on the wire.

    The id of the message is the same each time it is made, so that a mail server can tell when it gets one twice.

    Raises:
        ValueError: the recipient is no address, or a header would have a line break.
    """
    recipient = mailbox(mail.recipient)
    if recipient is None or email_problem(mail.recipient) is not None:
        raise ValueError("the recipient is no e-mail address")
    to = Address("", *recipient)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    if [address.addr_spec for address in message["To"].addresses] != [to.addr_spec]:
        raise ValueError("the recipient would be read as something else")
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_unique(mail)}@{sender.domain}>"
    # No machine shall answer (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    # The encoding keeps lines short, and bare line ends inside.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message, to.addr_spec


def _unique(mail: Row[Any]) -> str:
    """Return what no other mail has, of another installation neither."""
    return hashlib.sha256(f"{mail.id} {mail.created_at.isoformat()} {mail.recipient}".encode()).hexdigest()[:32]
