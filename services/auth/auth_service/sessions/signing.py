"""Issuing tokens: the one place in all services that encodes one.

The key is symmetric, so whoever verifies could also sign; that nobody else does is kept by a test.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from servicekit.access_tokens import ALGORITHM, TOKEN_TYPE, VIA_SESSION
from servicekit.key_ring import KeyRing
from servicekit.service_tokens import INTERNAL_AUDIENCE, SERVICE_TOKEN_TYPE

SERVICE_SUBJECT = "service:auth"
SERVICE_TOKEN_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class AccessTokenIssuer:
    """Signs tokens with the active key of the ring.

    Args:
        life: how long an access token is good for unless another life is asked for.
    """

    ring: KeyRing
    issuer: str
    audience: str
    life: timedelta

    def issue(
        self,
        *,
        user_id: int,
        role: str,
        scopes: Iterable[str],
        session_id: str,
        epoch: int,
        now: datetime,
        via: str = VIA_SESSION,
        life: timedelta | None = None,
    ) -> str:
        """Return an access token (RFC 9068) for ``user_id`` in ``session_id``."""
        claims = {
            "sub": str(user_id),
            "aud": self.audience,
            "sid": session_id,
            "role": role,
            # RFC 8693, section 4.2: separated by spaces.
            "scope": " ".join(scopes),
            "epoch": epoch,
            "via": via,
        }
        return self._signed(TOKEN_TYPE, claims, life or self.life, now)

    def issue_service_token(self, *, now: datetime) -> str:
        """Return a token with which this service calls another one."""
        claims = {"sub": SERVICE_SUBJECT, "aud": INTERNAL_AUDIENCE}
        return self._signed(SERVICE_TOKEN_TYPE, claims, SERVICE_TOKEN_LIFE, now)

    def _signed(self, token_type: str, claims: dict[str, Any], life: timedelta, now: datetime) -> str:
        key = self.ring.signing_key(now)
        times = {"iat": int(now.timestamp()), "exp": int((now + life).timestamp())}
        payload = {"iss": self.issuer, "jti": uuid.uuid4().hex, **times, **claims}
        return jwt.encode(payload, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": token_type})
