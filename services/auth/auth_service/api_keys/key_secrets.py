"""The secrets of API keys: random text in a form that tells what it is.

A secret is ``colophon_`` and 43 URL-safe characters: 37 random ones (222 bits) and a checksum. Programs that look for
secrets in published code know it by the prefix and, without asking anybody, from other text by the checksum; a mistyped
key is refused without a look into the database. The checksum is no protection: anybody can work it out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import zlib

PREFIX = "colophon_"
RANDOM_CHARACTERS = 37
# What is shown of a secret; 31 random characters stay unknown.
SHOWN_CHARACTERS = len(PREFIX) + 6
FORM = re.compile(r"colophon_[A-Za-z0-9_-]{43}")


def new_key_id() -> str:
    """Return the id of a new key, which is no secret."""
    return f"key_{secrets.token_urlsafe(16)}"


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    unsealed = PREFIX + secrets.token_urlsafe(RANDOM_CHARACTERS)[:RANDOM_CHARACTERS]
    return unsealed + _checksum(unsealed)


def is_well_formed(secret: str) -> bool:
    """Return whether ``secret`` may be one of ours: in its form, with the right checksum."""
    unsealed = secret[: len(PREFIX) + RANDOM_CHARACTERS]
    return FORM.fullmatch(secret) is not None and secret == unsealed + _checksum(unsealed)


def shown_prefix(secret: str) -> str:
    """Return the first characters, by which people tell their keys apart."""
    return secret[:SHOWN_CHARACTERS]


def hash_of_secret(secret: str) -> str:
    """Return what is stored of ``secret``; a quick hash is enough for something that cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    """Return the CRC-32 of ``text``, big-endian, in six URL-safe characters."""
    return base64.urlsafe_b64encode(zlib.crc32(text.encode()).to_bytes(4, "big")).decode().rstrip("=")
