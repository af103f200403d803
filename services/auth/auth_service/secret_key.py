"""The secret of the auth service alone, and the keys made from it, one for each purpose."""

from __future__ import annotations

import hashlib
import hmac

MINIMUM_SECRET_BYTES = 32


def derived_key(secret: str, purpose: str) -> bytes:
    """Return the 32 byte key of ``secret`` for ``purpose``; no two purposes share one (RFC 5869, section 3.2).

    The secret is long and random, so a single HMAC does as the expand step with ``purpose`` as its info.
    """
    return hmac.digest(secret.encode(), purpose.encode() + b"\x01", hashlib.sha256)
