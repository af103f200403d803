"""Refresh tokens: opaque, known to the database by their hash alone, and how long they count."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RANDOM_BYTES = 32
# An access token that is sent in its place, too, is told what is wrong with it.
MAXIMUM_CHARACTERS = 2_048


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Makes the refresh tokens of this installation.

    Args:
        successor_key: what successors are derived with.
        life: how long a token waits to be used.
        session_life: how long a session may last, however often it is refreshed.
        grace: how long after its use a token still gives its successor.
    """

    successor_key: bytes = field(repr=False)
    life: timedelta
    session_life: timedelta
    grace: timedelta

    def first(self) -> str:
        """Return the token of a new session; nobody can guess it (256 bits)."""
        return secrets.token_urlsafe(RANDOM_BYTES)

    def successor(self, token: str) -> str:
        """Return the token that follows ``token``, always the same one.

        Every caller with the old token gets it, although only hashes are stored; without the key nobody can tell it.
        """
        code = hmac.digest(self.successor_key, token.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(code).rstrip(b"=").decode()

    def expiry(self, *, session_began: datetime, now: datetime) -> datetime:
        """Return until when a token issued ``now`` may be used: not past the end of its session."""
        return min(now + self.life, session_began + self.session_life)


def hash_of_refresh_token(token: str) -> str:
    """Return what is stored of ``token``; a quick hash is enough for something that cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
