"""Who mails come from, as the setting AUTH_MAIL_FROM writes it."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from auth_service.users.names import mailbox


def sender_address(text: str) -> Address:
    """Return the one address in ``text``, such as ``Colophon <no-reply@example.org>``.

    Raises:
        ValueError: it is none, several, or one that not every mail server takes.
    """
    problem = "must be an address such as no-reply@example.org or Colophon <no-reply@example.org>"
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = text
        header = message["From"]
        (address,) = header.addresses
    except (ValueError, IndexError) as error:
        raise ValueError(problem) from error
    parts = mailbox(address.addr_spec)
    if header.defects or header.groups[0].display_name is not None or parts is None or not parts[0].isascii():
        raise ValueError(problem)
    return Address(address.display_name, *parts)
