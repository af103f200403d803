"""Service tokens: how one service proves itself to another on the internal network.

A JWT of a type of its own, signed with the ring that signs access tokens, so that neither passes for the other (RFC
8725, section 3.11). It lives a minute and is in no revocation set. Encoding one is the business of the service that
issues tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jwt

from servicekit.access_tokens import ID, TokenInvalid, verified_claims
from servicekit.key_ring import KeyRing

SERVICE_TOKEN_TYPE = "st+jwt"  # noqa: S105 - a media type, not a secret
INTERNAL_AUDIENCE = "colophon-internal"
SERVICE_SUBJECT_PREFIX = "service:"
REQUIRED_SERVICE_CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti")
SERVICE_SUBJECT = re.compile(re.escape(SERVICE_SUBJECT_PREFIX) + "([a-z][a-z0-9-]{0,31})")


class ServiceTokenInvalid(TokenInvalid):
    """The token is no service token of ours, or its time is over."""

    message = "The service token is not valid."


@dataclass(frozen=True, slots=True)
class ServiceTokenClaims:
    """The verified content of a service token."""

    service: str
    token_id: str


def verify_service_token(token: str, ring: KeyRing, *, issuer: str) -> ServiceTokenClaims:
    """Return the claims of ``token`` when signature, type, times, issuer, audience and required claims all hold.

    Raises:
        ServiceTokenInvalid: in every other case.
    """
    try:
        claims = verified_claims(
            token,
            ring,
            token_type=SERVICE_TOKEN_TYPE,
            issuer=issuer,
            audience=INTERNAL_AUDIENCE,
            required=REQUIRED_SERVICE_CLAIMS,
        )
    except jwt.InvalidTokenError as error:
        raise ServiceTokenInvalid from error
    return _typed_claims(claims)


def _typed_claims(claims: dict[str, Any]) -> ServiceTokenClaims:
    subject, token_id = claims["sub"], claims["jti"]
    named = SERVICE_SUBJECT.fullmatch(subject) if isinstance(subject, str) else None
    if named is None or not isinstance(token_id, str) or not ID.fullmatch(token_id):
        raise ServiceTokenInvalid
    return ServiceTokenClaims(service=named[1], token_id=token_id)
