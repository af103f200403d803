"""What a token that somebody presents is, by itself; whether it still counts, the database knows."""

from __future__ import annotations

from auth_service.sessions.refresh_tokens import MAXIMUM_CHARACTERS, hash_of_refresh_token
from auth_service.sessions.signing import AccessTokenIssuer
from servicekit.access_tokens import AccessTokenClaims, AccessTokenError, verify_access_token


def read_access_token(issuer: AccessTokenIssuer, token: str) -> AccessTokenClaims | None:
    """Return the claims of an access token that ``issuer`` signed and whose time is now, else None."""
    try:
        return verify_access_token(token, issuer.ring, issuer=issuer.issuer, audience=issuer.audience)
    except AccessTokenError:
        return None


def read_refresh_token(token: str) -> str:
    """Return the hash under which ``token`` is known if it is a refresh token; none is known by that of a long one."""
    return hash_of_refresh_token(token[: MAXIMUM_CHARACTERS + 1])
