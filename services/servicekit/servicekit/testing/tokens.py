"""Real access tokens for tests, signed with the key ring that the application under test reads."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt


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
        now = int(time.time())
        payload = {
            "iss": "colophon",
            "sub": str(user_id),
            "aud": "colophon",
            "iat": now,
            "exp": now + 900,
            "jti": uuid.uuid4().hex,
            "sid": uuid.uuid4().hex,
            "role": role,
            "scope": self._scopes_by_role.get(role, ""),
            "epoch": 0,
            "via": "session",
            **claims,
        }
        return jwt.encode(
            {name: value for name, value in payload.items() if value is not None},
            self._key["secret"] if secret is None else secret,
            algorithm="HS256",
            headers={"kid": self._key["kid"], "typ": "at+jwt", **(headers or {})},
        )

    def headers(self, user_id: int = 1, role: str = "user") -> dict[str, str]:
        """Return the request headers of a signed-in caller."""
        return {"Authorization": f"Bearer {self.make(user_id, role)}"}
