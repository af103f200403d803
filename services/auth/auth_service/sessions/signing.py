"""Issuing access tokens: the one place in all services that encodes a token.

The key is symmetric, so whoever verifies could also sign; that nobody else does is kept by a test.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from auth_service.users.roles import scope_of_role
from servicekit.access_tokens import ALGORITHM, TOKEN_TYPE, KeyRing


@dataclass(frozen=True, slots=True)
class AccessTokenIssuer:
    """Signs access tokens (RFC 9068) with the active key of the ring."""

    ring: KeyRing
    issuer: str
    audience: str
    life: timedelta

    def issue(self, *, user_id: int, role: str, session_id: str, now: datetime) -> str:
        """Return a token for ``user_id`` in ``session_id`` with the scopes of ``role``."""
        key = self.ring.signing_key(now)
        claims = {
            "iss": self.issuer,
            "sub": str(user_id),
            "aud": self.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + self.life).timestamp()),
            "jti": uuid.uuid4().hex,
            "sid": session_id,
            "role": role,
            "scope": scope_of_role(role),
        }
        return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TOKEN_TYPE})
