"""Time-based one-time passwords (RFC 6238), with the parameters that every authenticator app has by default."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
# Clocks differ and people type: the code before and the one after count too (RFC 6238, section 5.2).
TOLERATED_STEPS = 1
# Names are for people to tell accounts apart, and a QR code holds only so much: each character may become nine there.
MAXIMUM_ACCOUNT_CHARACTERS = 100
MAXIMUM_ISSUER_CHARACTERS = 50


def new_secret() -> str:
    """Return a random secret of 160 bits, in base32 (RFC 4226, section 4)."""
    return pyotp.random_base32()


def otpauth_uri(secret: str, *, account_name: str, issuer_name: str) -> str:
    """Return what an authenticator app reads from a QR code: SHA-1, six digits, 30 seconds.

    ``issuer_name`` has at most 50 characters and no colon; a longer ``account_name`` than 100 is cut.
    """
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    return generator.provisioning_uri(name=account_name[:MAXIMUM_ACCOUNT_CHARACTERS], issuer_name=issuer_name)


def matching_step(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """Return the time step that ``code`` belongs to, None when it is not right ``now``.

    A step up to ``after``, that of the latest code that was accepted, is over (RFC 6238, section 5.2).
    """
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - TOLERATED_STEPS, current + TOLERATED_STEPS + 1):
        if (after is None or step > after) and hmac.compare_digest(generator.generate_otp(step), code):
            return step
    return None
