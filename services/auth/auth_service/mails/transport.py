"""Sending over SMTP: every wait bounded, certificates checked, and each failure told as what it means for the mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from auth_service.config import AuthConfig
from auth_service.mails.sender import sender_address

TIMEOUT_SECONDS = 10.0
SECURITY_NONE, SECURITY_STARTTLS, SECURITY_TLS = "none", "starttls", "tls"
# Our side is not allowed to send, whatever the mail is (RFC 4954, section 6).
NOT_ALLOWED = frozenset({530, 534, 535, 538})
SERVICE_CLOSING = 421


class MailRefused(Exception):
    """The server refused this one mail; ``final`` says that it would do so again (RFC 5321, section 4.2.1)."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class MailServerAway(Exception):
    """The server cannot be reached or does not serve us, which is no fault of the mail.

    ``reason`` is a code or the name of an error and fit for logs; the message may name people.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTransport:
    """Where mails are handed over and how."""

    host: str
    port: int
    security: str
    sender: Address
    username: str | None = None
    password: str | None = None
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def connection(self) -> SmtpConnection:
        """Return a connection for several mails, which is opened with the first one."""
        return SmtpConnection(self)


def transport_of(config: AuthConfig) -> SmtpTransport | None:
    """Return the transport that is configured, or None when there is none."""
    if config.smtp_host is None or config.mail_from is None:
        return None
    return SmtpTransport(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        sender=sender_address(config.mail_from),
        username=config.smtp_username,
        password=config.smtp_password,
    )


class SmtpConnection:
    """A connection to the mail server; use it as a context manager."""

    def __init__(self, transport: SmtpTransport) -> None:
        self._transport = transport
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> SmtpConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if that is possible; the connection may be used again."""
        if self._smtp is None:
            return
        smtp, self._smtp = self._smtp, None
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand ``message`` over for ``recipient``.

        Raises:
            MailRefused: this mail is not wanted, now or ever.
            MailServerAway: nothing can be sent just now. The mail may have arrived all the same when the connection
                was lost after it.
        """
        try:
            smtp = self._smtp = self._smtp or self._open()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _away(error) from error
        try:
            smtp.send_message(message, self._transport.sender.addr_spec, [recipient])
        except smtplib.SMTPNotSupportedError as error:
            # The only thing asked for after the opening is SMTPUTF8 (RFC 6531).
            raise MailRefused("the mail server takes no address with such characters", final=True) from error
        except smtplib.SMTPRecipientsRefused as error:
            self._refuse(*error.recipients[recipient], error)
        except smtplib.SMTPDataError as error:
            self._refuse(error.smtp_code, error.smtp_error, error)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _away(error) from error

    def _refuse(self, code: int, reply: bytes | str, error: Exception) -> None:
        if code == SERVICE_CLOSING or code in NOT_ALLOWED:
            self.close()
            raise MailServerAway(_reply(code, reply), str(code)) from error
        raise MailRefused(_reply(code, reply), final=code // 100 == 5) from error

    def _open(self) -> smtplib.SMTP:
        transport = self._transport
        options: dict[str, Any] = {
            "timeout": TIMEOUT_SECONDS,
            # smtplib would ask DNS for a name of this machine, without any bound on the time.
            "local_hostname": transport.sender.domain,
        }
        if transport.security == SECURITY_TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(transport.host, transport.port, context=transport.tls(), **options)
        else:
            smtp = smtplib.SMTP(transport.host, transport.port, **options)
        try:
            if transport.security == SECURITY_STARTTLS:
                # Without a context of ours it would accept any certificate.
                smtp.starttls(context=transport.tls())
            if transport.username is not None and transport.password is not None:
                smtp.login(transport.username, transport.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _away(error: Exception) -> MailServerAway:
    if isinstance(error, smtplib.SMTPResponseException):
        return MailServerAway(_reply(error.smtp_code, error.smtp_error), str(error.smtp_code))
    return MailServerAway(f"{type(error).__name__}: {error}", type(error).__name__)


def _reply(code: int, reply: bytes | str) -> str:
    return f"{code} {reply.decode('utf-8', 'replace') if isinstance(reply, bytes) else reply}"
