"""Access tokens: what one says and the one place that verifies it.

A token is a JWT (RFC 7519) of type ``at+jwt`` (RFC 9068), signed with HS256 only: the algorithm is pinned here and
never taken from the token (RFC 8725, section 3.1). Encoding one is the business of the service that issues tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import jwt

from servicekit.envelope import ApiError
from servicekit.key_ring import KeyRing

ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068, not a secret
LEEWAY_SECONDS = 30
REQUIRED_CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope", "epoch", "via")
MAXIMUM_TOKEN_CHARACTERS = 4096
# As many digits as surely fit a bigint.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")
# What an integer column holds.
MAXIMUM_EPOCH = 2**31 - 1
# How a caller came by the token: signed in, or with an API key that was exchanged for it.
VIA_SESSION = "session"
VIA_API_KEY = "api_key"


class AccessTokenError(ApiError):
    """An access token was needed and none that counts was given (RFC 6750, section 3)."""

    status = 401
    challenge: ClassVar[str] = 'Bearer realm="colophon", error="invalid_token"'

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": self.challenge})


class TokenMissing(AccessTokenError):
    """The request carries no access token."""

    code, message = "token_missing", "An access token is required: send Authorization: Bearer <token>."
    # RFC 6750, section 3.1: no error code where the client sent no credentials.
    challenge = 'Bearer realm="colophon"'


class TokenExpired(AccessTokenError):
    """The token was good once; a refresh gives a new one."""

    code, message = "token_expired", "The access token has expired."


class TokenInvalid(AccessTokenError):
    """The token is not one of ours: malformed, of another type, issuer, audience or key, or tampered with."""

    code, message = "token_invalid", "The access token is not valid."


class TokenRevoked(AccessTokenError):
    """The session of the token has ended before its time."""

    code, message = "token_revoked", "The access token has been revoked."


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """The verified content of an access token."""

    user_id: int
    role: str
    scopes: frozenset[str]
    session_id: str
    token_id: str
    expires_at: datetime
    epoch: int
    via: str


def verify_access_token(token: str, ring: KeyRing, *, issuer: str, audience: str) -> AccessTokenClaims:
    """Return the claims of ``token`` when signature, type, times, issuer, audience and required claims all hold.

    Raises:
        TokenExpired: the token is one of ours by type and signature, and its time is over.
        TokenInvalid: anything else.
    """
    try:
        claims = verified_claims(
            token, ring, token_type=TOKEN_TYPE, issuer=issuer, audience=audience, required=REQUIRED_CLAIMS
        )
        return _typed_claims(claims)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    # The last two are what a time out of all reason gives.
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError) as error:
        raise TokenInvalid from error


def verified_claims(
    token: str, ring: KeyRing, *, token_type: str, issuer: str, audience: str, required: Sequence[str]
) -> dict[str, Any]:
    """Return what a token of ours says: of ``token_type``, signed with a key of ``ring``, with every required claim.

    Raises:
        jwt.ExpiredSignatureError: the token is one of ours by type and signature, and its time is over.
        jwt.InvalidTokenError: anything else.
    """
    if len(token) > MAXIMUM_TOKEN_CHARACTERS:
        raise jwt.InvalidTokenError("longer than any of ours")
    try:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("typ") != token_type or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise jwt.InvalidTokenError("of another type, algorithm or maker")
        secret = ring.verification_secret(kid, datetime.now(UTC))
        if secret is None:
            raise jwt.InvalidTokenError("signed with no key of the ring")
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(required)},
        )
        return claims
    except jwt.InvalidTokenError:
        raise
    # What else reading bytes of somebody else's making may give.
    except (jwt.PyJWTError, ValueError, OverflowError, OSError) as error:
        raise jwt.InvalidTokenError("not readable") from error


def _typed_claims(claims: dict[str, Any]) -> AccessTokenClaims:
    subject, role, scope, session_id, token_id = (claims[name] for name in ("sub", "role", "scope", "sid", "jti"))
    if not all(isinstance(value, str) for value in (subject, role, scope, session_id, token_id)):
        raise ValueError("a claim is not text")
    if not USER_ID.fullmatch(subject):
        raise ValueError("sub is not a user id")
    if type(claims["exp"]) is not int:
        raise ValueError("exp is not a whole number of seconds")
    epoch, via = claims["epoch"], claims["via"]
    # Neither True nor 1.0 is a whole number here.
    if type(epoch) is not int or not 0 <= epoch <= MAXIMUM_EPOCH:
        raise ValueError("epoch is not a count")
    if via not in (VIA_SESSION, VIA_API_KEY):
        raise ValueError("via is no way to come by a token")
    return AccessTokenClaims(
        user_id=int(subject),
        role=role,
        scopes=frozenset(scope.split()),
        session_id=session_id,
        token_id=token_id,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        epoch=epoch,
        via=via,
    )
