"""Live tokens as an introspection shows them (RFC 7662, section 2.2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from auth_service.sessions.signing import AccessTokenIssuer
from servicekit.access_tokens import AccessTokenClaims

INACTIVE = {"active": False}
# RFC 6749, section 5.1. Refresh tokens have no type in that sense; theirs keeps them from passing for access tokens.
ACCESS_TOKEN_TYPE = "Bearer"  # noqa: S105 - a name of RFC 6750
REFRESH_TOKEN_TYPE = "refresh_token"  # noqa: S105 - a name of RFC 7009


def represent_access_token(claims: AccessTokenClaims, owner: RowMapping, issuer: AccessTokenIssuer) -> dict[str, Any]:
    """Return the members of an access token of ``owner`` that ``issuer`` signed."""
    return {
        "active": True,
        "scope": " ".join(sorted(claims.scopes)),
        "username": _username(owner),
        "token_type": ACCESS_TOKEN_TYPE,
        "exp": int(claims.expires_at.timestamp()),
        "iat": int(claims.issued_at.timestamp()),
        "sub": str(claims.user_id),
        "aud": issuer.audience,
        "iss": issuer.issuer,
        "jti": claims.token_id,
        "sid": claims.session_id,
        "role": claims.role,
    }


def represent_refresh_token(found: RowMapping, issuer: AccessTokenIssuer) -> dict[str, Any]:
    """Return the members of a refresh token, a row of ``queries.find_live_refresh_token``.

    There is neither scope nor audience: it opens nothing but the next access token.
    """
    return {
        "active": True,
        "username": _username(found),
        "token_type": REFRESH_TOKEN_TYPE,
        "exp": int(found["expires_at"].timestamp()),
        "iat": int(found["created_at"].timestamp()),
        "sub": str(found["user_id"]),
        "iss": issuer.issuer,
        "sid": found["session_id"],
        "role": found["role"],
    }


def _username(row: RowMapping) -> str:
    name: str = row["username"] or row["email"]
    return name
