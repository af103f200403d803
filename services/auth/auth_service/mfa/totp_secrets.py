"""TOTP secrets as the database keeps them: encrypted, and each bound to its user."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = structlog.get_logger(__name__)

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class TotpSecrets:
    """Encrypts the secrets of this installation by AES-256-GCM (NIST SP 800-38D).

    Args:
        key: 32 bytes, made from the secret of the service.
    """

    key: bytes = field(repr=False)

    def encrypt(self, secret: str, user_id: int) -> bytes:
        """Return what is stored of ``secret``, which can be read for ``user_id`` alone."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, secret.encode(), _owner(user_id))

    def decrypt(self, stored: bytes, user_id: int) -> str | None:
        """Return the secret, None when it was stored for somebody else or under another key, which is logged."""
        nonce, encrypted = stored[:NONCE_BYTES], stored[NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, encrypted, _owner(user_id)).decode()
        except (InvalidTag, ValueError):
            log.error(
                "totp_secret_unreadable",
                user_id=user_id,
                hint="AUTH_SECRET_KEY is not the one that it was stored under: put that one back, or reset the factor",
            )
            return None


def _owner(user_id: int) -> bytes:
    return f"user:{user_id}".encode()
