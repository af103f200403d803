"""A real mail server in the process of the tests, and the shortest ways to queue and deliver."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Row, select

from auth_service.extensions import db
from auth_service.mails import operations
from auth_service.mails.kinds import PASSWORD_RESET
from auth_service.mails.models import Mail
from auth_service.mails.sender import sender_address
from auth_service.mails.transport import SmtpTransport

LINK = "https://books.example/reset?token=abc"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Mailbox:
    """What the server received, and what it answers in place of "250 OK" at each stage while that is set."""

    messages: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    sign_ins: list[tuple[str, str]] = field(default_factory=list)
    on_mail: str | None = None
    on_recipient: str | None = None
    on_data: str | None = None

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Answer MAIL FROM."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.on_mail or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Answer RCPT TO."""
        if self.on_recipient:
            return self.on_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the message."""
        if self.on_data:
            return self.on_data
        self.envelopes.append(envelope)
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def sign_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Let those in who know the password."""
        name, password = data.login.decode(), data.password.decode()
        self.sign_ins.append((name, password))
        return AuthResult(success=password == "right", handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    """What the mail server of this test received."""
    return Mailbox()


@pytest.fixture
def start_server(mailbox: Mailbox) -> Iterator[Callable[..., int]]:
    """Return a function that starts a mail server and gives its port."""
    started: list[Controller] = []

    def start(port: int | None = None, **options: Any) -> int:
        controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), **options)
        controller.start()
        started.append(controller)
        return int(controller.port)

    yield start
    for controller in started:
        controller.stop()


def transport_to(port: int, **options: Any) -> SmtpTransport:
    """Return a transport to a server of this test, in the clear unless told otherwise."""
    return SmtpTransport(
        **{
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender": sender_address("Colophon <no-reply@books.example>"),
            **options,
        }
    )


@pytest.fixture
def transport(start_server: Callable[..., int]) -> SmtpTransport:
    """Return a transport to a mail server."""
    return transport_to(start_server())


@pytest.fixture(name="queue")
def _queue() -> Callable[..., int]:
    """Return a function that queues a mail, commits and gives its id."""

    def queue(
        recipient: str = "ada@example.org", *, kind: str = PASSWORD_RESET, user_id: int | None = None, **values: Any
    ) -> int:
        life = {"expires_minutes": 30} if kind == PASSWORD_RESET else {}
        shown = {"name": "Ada", "link": LINK, **life, **values}
        operations.queue_mail(db.session, kind, recipient, user_id=user_id, values=shown, now=datetime.now(UTC))
        db.session.commit()
        return int(db.session.execute(select(Mail.id).order_by(Mail.id.desc()).limit(1)).scalar_one())

    return queue


@pytest.fixture(name="deliver")
def _deliver() -> Callable[..., bool]:
    """Return a function that does a round, as many seconds later as told."""

    def deliver(transport: SmtpTransport, *, later: float = 0.0) -> bool:
        return operations.deliver_due_mails(
            db.session, transport, clock=lambda: datetime.now(UTC) + timedelta(seconds=later)
        )

    return deliver


@pytest.fixture(name="stored")
def _stored() -> Callable[[int], Row[Any]]:
    """Return a function that gives a mail as it is in the database."""
    return lambda mail_id: db.session.execute(select(Mail.__table__).where(Mail.id == mail_id)).one()


@pytest.fixture
def context(app: Flask, rolled_back: SQLAlchemy) -> Iterator[Flask]:
    """Run the test in an application context and one transaction that is rolled back."""
    with app.app_context():
        yield app


@dataclass(frozen=True)
class Certificate:
    """A certificate for the mail server and the two sides' ideas of it."""

    server: ssl.SSLContext
    trusting: Callable[[], ssl.SSLContext]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Return a certificate for 127.0.0.1 that is signed by nobody else."""
    folder: Path = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Certificate(server, lambda: ssl.create_default_context(cafile=str(folder / "cert.pem")))
