"""Encryption and sign-in between us and the mail server."""

from __future__ import annotations

import pytest

from .conftest import transport_to

pytestmark = [
    pytest.mark.usefixtures("context"),
    # It is the server of these tests that would be careless.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
SIGNED_IN = {"username": "colophon", "password": "right"}


@pytest.fixture(name="start_secure")
def _start_secure(start_server, mailbox, certificate):
    """Return a function that starts a server which wants a sign-in, and encryption before it."""

    def start(security="starttls", **options):
        encryption = (
            {"ssl_context": certificate.server}
            if security == "tls"
            else {"tls_context": certificate.server, "require_starttls": True}
        )
        return start_server(
            **encryption,
            auth_required=True,
            authenticator=mailbox.sign_in,
            auth_require_tls=security != "tls",
            **options,
        )

    return start


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_encrypted_and_after_a_sign_in(start_secure, certificate, mailbox, queue, deliver, stored, security):
    mail_id = queue()

    deliver(transport_to(start_secure(security), security=security, tls=certificate.trusting, **SIGNED_IN))

    assert stored(mail_id).last_error is None
    assert len(mailbox.messages) == 1
    assert mailbox.sign_ins == [("colophon", "right")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificate_that_nobody_vouches_for_is_refused_before_anything_is_told(
    start_secure, mailbox, queue, deliver, stored, security
):
    mail_id = queue()

    deliver(transport_to(start_secure(security), security=security, **SIGNED_IN))

    assert "CERTIFICATE_VERIFY_FAILED" in stored(mail_id).last_error
    assert (stored(mail_id).done_at, mailbox.messages, mailbox.sign_ins) == (None, [], [])


def test_certificate_for_another_name_is_refused(start_secure, certificate, mailbox, queue, deliver, stored):
    mail_id = queue()

    deliver(transport_to(start_secure(), host="localhost", security="starttls", tls=certificate.trusting, **SIGNED_IN))

    assert "CERTIFICATE_VERIFY_FAILED" in stored(mail_id).last_error
    assert mailbox.sign_ins == []


def test_server_without_encryption_gets_nothing_when_it_is_asked_for(start_server, mailbox, queue, deliver, stored):
    mail_id = queue()
    port = start_server(auth_required=True, authenticator=mailbox.sign_in, auth_require_tls=False)

    deliver(transport_to(port, security="starttls", **SIGNED_IN))

    assert "STARTTLS" in stored(mail_id).last_error
    assert (stored(mail_id).done_at, mailbox.messages, mailbox.sign_ins) == (None, [], [])


@pytest.mark.parametrize("password", ["wrong", "p\u00e4ssword"])
def test_refused_sign_in_is_a_server_that_is_away(start_secure, certificate, mailbox, queue, deliver, stored, password):
    mail_id = queue()

    deliver(
        transport_to(
            start_secure(), security="starttls", tls=certificate.trusting, username="colophon", password=password
        )
    )

    assert (stored(mail_id).done_at, mailbox.messages) == (None, [])
    assert password not in stored(mail_id).last_error
