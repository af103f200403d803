"""Refresh tokens: opaque, random, and known to the database by their hash alone."""

from __future__ import annotations

import hashlib
import secrets

RANDOM_BYTES = 32
MAXIMUM_CHARACTERS = 512


def new_refresh_token() -> str:
    """Return a refresh token that nobody can guess (256 bits)."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def hash_of_refresh_token(token: str) -> str:
    """Return what is stored of ``token``; a quick hash is enough for something that cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
