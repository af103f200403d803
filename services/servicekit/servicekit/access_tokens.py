"""Access tokens: what one says and the one place that verifies it.

A token is a JWT (RFC 7519) of type ``at+jwt`` (RFC 9068), signed with HS256 only: the algorithm is pinned here and
never taken from the token (RFC 8725, section 3.1). Encoding one is the business of the service that issues tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from servicekit.challenges import BEARER, INVALID_TOKEN
from servicekit.compact_jws import json_parts
from servicekit.envelope import ApiError
from servicekit.key_ring import KeyRing

ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068, not a secret
LEEWAY_SECONDS = 30
REQUIRED_CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope", "epoch", "via")
MAXIMUM_TOKEN_CHARACTERS = 4096
# Of what a token says of times (RFC 7519, section 2); the last second of the year 9999 is the last that a date can be.
TIME_CLAIMS = frozenset({"exp", "iat", "nbf"})
MAXIMUM_TIME = 253_402_300_799
# What a maker can ask of a reader: extensions that must be understood (RFC 7515, section 4.1.11), and a payload that is
# not encoded (RFC 7797). No token of ours does.
REFUSED_HEADERS = frozenset({"crit", "b64"})
# As many digits as surely fit a bigint.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")
# The ids of tokens, sessions and API keys.
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ROLE = re.compile(r"[a-z][a-z_-]{0,31}")
# RFC 6749, section 3.3; there may be none.
SCOPE = re.compile(r"(?:[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*)?")
WRITTEN_CLAIMS = {"sub": USER_ID, "role": ROLE, "scope": SCOPE, "sid": ID, "jti": ID}
# What an integer column holds.
MAXIMUM_EPOCH = 2**31 - 1
# How a caller came by the token: signed in, or with an API key that was exchanged for it.
VIA_SESSION = "session"
VIA_API_KEY = "api_key"


class AccessTokenError(ApiError):
    """An access token was needed and none that counts was given (RFC 6750, section 3)."""

    status = 401
    challenge = INVALID_TOKEN


class TokenMissing(AccessTokenError):
    """The request carries no access token."""

    code, message = "token_missing", "An access token is required: send Authorization: Bearer <token>."
    challenge = BEARER


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
    issued_at: datetime
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
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenInvalid from error


def verified_claims(
    token: str, ring: KeyRing, *, token_type: str, issuer: str, audience: str, required: Sequence[str]
) -> dict[str, Any]:
    """Return what a token of ours says: of ``token_type``, signed with a key of ``ring``, with every required claim.

    The rules are those of RFC 8725. Header parameters that could name a key (jwk, jku, x5u, x5c) are not looked at.

    Raises:
        jwt.ExpiredSignatureError: the token is one of ours by type and signature, and its time is over.
        jwt.InvalidTokenError: anything else.
    """
    if len(token) > MAXIMUM_TOKEN_CHARACTERS:
        raise jwt.InvalidTokenError("longer than any of ours")
    try:
        header, claims = json_parts(token)
        kid = header.get("kid")
        if header.get("typ") != token_type or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise jwt.InvalidTokenError("of another type, algorithm or maker")
        if REFUSED_HEADERS & header.keys():
            raise jwt.InvalidTokenError("asks for what is not understood")
        secret = ring.verification_secret(kid, datetime.now(UTC))
        if secret is None:
            raise jwt.InvalidTokenError("signed with no key of the ring")
        jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            # One audience, or a token for several would be one for each of them.
            options={"require": list(required), "strict_aud": True},
        )
        for name in TIME_CLAIMS & claims.keys():
            # Neither True nor 1.0 is a whole number here.
            if type(claims[name]) is not int or not 0 <= claims[name] <= MAXIMUM_TIME:
                raise jwt.InvalidTokenError(f"{name} is no time")
        return claims
    except jwt.InvalidTokenError:
        raise
    # What else reading bytes of somebody else's making may give.
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise jwt.InvalidTokenError("not readable") from error


def _typed_claims(claims: dict[str, Any]) -> AccessTokenClaims:
    for name, written in WRITTEN_CLAIMS.items():
        if not isinstance(claims[name], str) or not written.fullmatch(claims[name]):
            raise ValueError(f"{name} is not what we write")
    epoch, via = claims["epoch"], claims["via"]
    if type(epoch) is not int or not 0 <= epoch <= MAXIMUM_EPOCH:
        raise ValueError("epoch is not a count")
    if via not in (VIA_SESSION, VIA_API_KEY):
        raise ValueError("via is no way to come by a token")
    return AccessTokenClaims(
        user_id=int(claims["sub"]),
        role=claims["role"],
        scopes=frozenset(claims["scope"].split()),
        session_id=claims["sid"],
        token_id=claims["jti"],
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        epoch=epoch,
        via=via,
    )
