"""Tokens that nobody issued, made by somebody who read the signing key as the operator of the machine can."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import jwt

# Of anybody: what an attacker knows of a pair of keys.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo8QWUSPvVPsBURjL33SY
nIzWXIy4jbCaVvca8LBOvPNp6beOONBEdCAdJbbGeeTSaBuOwGAOrX90D0w1oQdg
urYV812mB7OB4NHXA5+vJSGtLCy5vJ2rXuT+i7QIkmh9wKCjU7aJRuszIKhsEeYY
TcIELNd/wJhc51Lxqb2QRud2w2najIlv/FYvyYz0pAA82cO8XqKXYsXLbJViBYnd
FoadO/LVCG47GdIUYDZ3rnZE4a4ppxbGSxo+8OoS7BH+w27gSa9C+vBU65HsIh6K
nqQ+KNym9huBICkXX2c8g54MsJPeOmIzTGYa3COmfnBgjiB0Ti02eb3rFbek1jlZ
pwIDAQAB
-----END PUBLIC KEY-----
"""


class Forger:
    """Makes tokens from the header and the claims of a real one.

    Args:
        ring: the file that holds the signing keys.
        token: a live access token.
    """

    def __init__(self, ring: Path, token: str) -> None:
        self.token = token
        self.header = jwt.get_unverified_header(token)
        self.claims = jwt.decode(token, options={"verify_signature": False})
        keys = json.loads(ring.read_text("utf-8"))["keys"]
        (self.secret,) = [key["secret"] for key in keys if key["kid"] == self.header["kid"]]

    @property
    def signature(self) -> str:
        """The signature of the real token."""
        return self.token.rpartition(".")[2]

    def signed(self, *, secret: str | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token signed with the right key or ``secret``; what is given replaces the right members.

        None leaves a claim out.
        """
        members = {name: value for name, value in (self.claims | claims).items() if value is not None}
        return self.written(_json(self.header | (header or {})), _json(members), secret=secret)

    def written(self, header: str, claims: str, *, secret: str | None = None) -> str:
        """Return a signed token of exactly these texts."""
        content = f"{encoded(header)}.{encoded(claims)}"
        key = (self.secret if secret is None else secret).encode()
        return f"{content}.{encoded(hmac.digest(key, content.encode(), 'sha256'))}"

    def kept(self, *, header: dict[str, Any] | None = None, signature: str | None = None, **claims: Any) -> str:
        """Return a token with changed members under the signature of the real one, or under ``signature``."""
        parts = encoded(_json(self.header | (header or {}))), encoded(_json(self.claims | claims))
        return ".".join([*parts, self.signature if signature is None else signature])


def encoded(content: str | bytes) -> str:
    """Return ``content`` in base64url without padding."""
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _json(members: dict[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))
