"""Real access tokens for tests, signed with the key ring that the application under test reads."""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from servicekit.access_tokens import AccessTokenClaims


def access_token_claims(session_id: str = "s-1", *, user_id: int = 1, epoch: int = 0) -> AccessTokenClaims:
    """Return what the verification of an access token gives."""
    # Not when the plugin that imports this is loaded: nothing is measured yet then.
    from servicekit.access_tokens import VIA_SESSION, AccessTokenClaims

    return AccessTokenClaims(
        user_id=user_id,
        role="user",
        scopes=frozenset(),
        session_id=session_id,
        token_id=uuid.uuid4().hex,
        issued_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(minutes=1),
        epoch=epoch,
        via=VIA_SESSION,
    )


class TokenFactory:
    """Makes tokens as the issuing service would, or wrong in one stated way.

    Args:
        signing_keys_dir: the folder of the key ring.
        scopes_by_role: the scopes that a role gives, separated by spaces.
    """

    def __init__(self, signing_keys_dir: Path, scopes_by_role: Mapping[str, str]) -> None:
        self._scopes_by_role = scopes_by_role
        self._key = json.loads((signing_keys_dir / "ring.json").read_text())["keys"][0]

    def make(
        self,
        user_id: int = 1,
        role: str = "user",
        *,
        headers: dict[str, Any] | None = None,
        secret: str | None = None,
        **claims: Any,
    ) -> str:
        """Return a token; ``claims`` and ``headers`` replace the right ones, None leaves one out."""
        payload = {
            **_common_claims(str(user_id), "colophon", 900),
            "sid": uuid.uuid4().hex,
            "role": role,
            "scope": self._scopes_by_role.get(role, ""),
            "epoch": 0,
            "via": "session",
            **claims,
        }
        return self._encode(payload, "at+jwt", headers or {}, secret)

    def service_token(
        self,
        service: str = "auth",
        *,
        headers: dict[str, Any] | None = None,
        secret: str | None = None,
        **claims: Any,
    ) -> str:
        """Return a service token; ``claims`` and ``headers`` replace the right ones, None leaves one out."""
        payload = {**_common_claims(f"service:{service}", "colophon-internal", 60), **claims}
        return self._encode(payload, "st+jwt", headers or {}, secret)

    def signed(self, header: bytes, payload: bytes) -> str:
        """Return a token of exactly these bytes with the right signature, whatever they say."""
        content = f"{_base64url(header)}.{_base64url(payload)}"
        return f"{content}.{_base64url(hmac.digest(self._key['secret'].encode(), content.encode(), 'sha256'))}"

    def _encode(self, payload: dict[str, Any], token_type: str, headers: dict[str, Any], secret: str | None) -> str:
        return jwt.encode(
            {name: value for name, value in payload.items() if value is not None},
            self._key["secret"] if secret is None else secret,
            algorithm="HS256",
            headers={"kid": self._key["kid"], "typ": token_type, **headers},
        )

    def headers(self, user_id: int = 1, role: str = "user") -> dict[str, str]:
        """Return the request headers of a signed-in caller."""
        return {"Authorization": f"Bearer {self.make(user_id, role)}"}


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _common_claims(subject: str, audience: str, life_seconds: int) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "colophon",
        "sub": subject,
        "aud": audience,
        "iat": now,
        "exp": now + life_seconds,
        "jti": uuid.uuid4().hex,
    }
