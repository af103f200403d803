"""What is told of a token, whoever holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.tokens import queries
from auth_service.tokens.reading import read_access_token, read_refresh_token
from auth_service.tokens.representation import INACTIVE, represent_access_token, represent_refresh_token
from servicekit.database import DatabaseSession


def introspected(session: DatabaseSession, issuer: AccessTokenIssuer, token: str, *, now: datetime) -> dict[str, Any]:
    """Return the members of the introspection of an access token or refresh token (RFC 7662, section 2.2).

    ``{"active": False}`` is all that is told of one that does not count, and why it does not is never told.
    """
    claims = read_access_token(issuer, token)
    if claims is not None:
        owner = queries.find_owner(session, claims, now=now)
        return INACTIVE if owner is None else represent_access_token(claims, owner, issuer)
    found = queries.find_live_refresh_token(session, read_refresh_token(token), now=now)
    return INACTIVE if found is None else represent_refresh_token(found, issuer)
