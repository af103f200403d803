"""Who may call a view: declared on the view, enforced in one place before anything else is read.

``@access(...)`` only declares. A single ``before_request`` verifies the token, refuses a view that declares nothing
(default deny), and leaves the principal for the view. An Authorization header that is sent is always verified, on
public views too, so that a bad token never passes for an anonymous caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, request

from servicekit.access_tokens import VIA_API_KEY, TokenInvalid, TokenMissing, TokenRevoked, verify_access_token
from servicekit.challenges import insufficient_scope
from servicekit.envelope import ApiError
from servicekit.key_ring import KeyRing
from servicekit.revocation import RevocationSet
from servicekit.service_tokens import verify_service_token

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"
# The view itself checks a credential that is no access token, such as a refresh token sent as Bearer.
OWN_CREDENTIALS = "own-credentials"

# Another service, which proves itself by a service token; only under /internal/.
SERVICE = "service"
REQUIREMENT_WORDS = frozenset({PUBLIC, SIGNED_IN, OWN_CREDENTIALS, SERVICE})

# Scopes that begin so concern the caller's own account. Signing in gives them, an API key never carries them.
ACCOUNT_PREFIX = "account:"

_DECLARATION = "_declared_access"

# The b64token of RFC 6750, section 2.1.
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Forbidden(ApiError):
    """The caller is known and may not do this."""

    code, status, message = "forbidden", 403, "You may not do this."


class InsufficientScope(Forbidden):
    """The token lacks the scope that the view needs (RFC 6750, section 3.1)."""

    code, message = "insufficient_scope", "The access token does not carry the scope that this needs."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.challenge = insufficient_scope(scope)


class AccessUndeclared(Forbidden):
    """The view declares no access: a defect that fails closed."""

    code, message = "access_undeclared", "This address is not open to anybody."


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request, as the access token tells."""

    user_id: int
    role: str
    scopes: frozenset[str]
    session_id: str
    epoch: int
    via: str

    @property
    def has_api_key(self) -> bool:
        """Return whether the caller came with an API key; ``session_id`` is then the id of that key."""
        return self.via == VIA_API_KEY

    def may(self, scope: str) -> bool:
        """Return whether the principal holds ``scope``."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """All that is needed to turn a bearer token into a principal."""

    ring: KeyRing
    revocations: RevocationSet
    issuer: str
    audience: str
    revocation_unknown: str

    def principal(self, token: str) -> Principal:
        """Return the caller that ``token`` names.

        Raises:
            TokenExpired, TokenInvalid, TokenRevoked: when it may not be accepted.
            RevocationUnknown: when nobody can tell and the installation refuses such tokens.
        """
        claims = verify_access_token(token, self.ring, issuer=self.issuer, audience=self.audience)
        if self.revocations.is_revoked(claims, unknown=self.revocation_unknown):
            raise TokenRevoked
        return Principal(
            user_id=claims.user_id,
            role=claims.role,
            scopes=claims.scopes,
            session_id=claims.session_id,
            epoch=claims.epoch,
            via=claims.via,
        )

    def service(self, token: str) -> str:
        """Return the name of the service that ``token`` proves.

        Raises:
            ServiceTokenInvalid: when it is no service token, such as an access token.
        """
        return verify_service_token(token, self.ring, issuer=self.issuer).service


def access(requirement: str) -> Callable[[View], View]:
    """Declare what a view requires: a word of ``REQUIREMENT_WORDS`` or a scope, as ``books:write``."""

    def declare(view: View) -> View:
        setattr(view, _DECLARATION, requirement)
        return view

    return declare


def declared_access(view: Callable[..., Any]) -> str | None:
    """Return what ``view`` requires, or None when it declares nothing."""
    return getattr(view, _DECLARATION, None)


def current_principal() -> Principal:
    """Return the caller of the current request.

    Raises:
        TokenMissing: when the caller is anonymous.
    """
    principal = anonymous_or_principal()
    if principal is None:
        raise TokenMissing
    return principal


def current_service() -> str:
    """Return the name of the service that calls; only in a view that requires ``SERVICE``."""
    name: str = g.calling_service
    return name


def anonymous_or_principal() -> Principal | None:
    """Return the caller of the current request, None when anonymous."""
    principal: Principal | None = g.get("principal")
    return principal


def require_scope(scope: str) -> None:
    """Return when the caller holds ``scope``; for views in which it depends on what is asked for.

    Raises:
        TokenMissing: the caller is anonymous.
        InsufficientScope: the token does not carry it.
    """
    if not current_principal().may(scope):
        raise InsufficientScope(scope)


def init_app(app: Flask, verifier: TokenVerifier) -> None:
    """Enforce the declared access of every view of ``app``."""
    app.extensions["token_verifier"] = verifier
    app.before_request(_enforce)


def _enforce() -> None:
    if request.endpoint is None or _is_automatic_options():
        return
    view = current_app.view_functions[request.endpoint]
    requirement = declared_access(view)
    if requirement is None:
        log.error("access_undeclared", endpoint=request.endpoint)
        raise AccessUndeclared
    if requirement == OWN_CREDENTIALS:
        return
    token = bearer_token()
    verifier: TokenVerifier = current_app.extensions["token_verifier"]
    if requirement == SERVICE:
        if token is None:
            raise TokenMissing
        g.calling_service = verifier.service(token)
        return
    if token is not None:
        g.principal = verifier.principal(token)
    elif requirement != PUBLIC:
        raise TokenMissing
    if requirement not in (PUBLIC, SIGNED_IN):
        require_scope(requirement)


def _is_automatic_options() -> bool:
    """Return whether Flask answers this OPTIONS itself, without a view that could declare anything."""
    rule = request.url_rule
    return request.method == "OPTIONS" and rule is not None and bool(getattr(rule, "provide_automatic_options", False))


def bearer_token() -> str | None:
    """Return the token of the Authorization header (RFC 6750, section 2.1), None when there is no such header.

    Raises:
        TokenInvalid: when the header is there but holds no bearer token.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not BEARER_TOKEN.fullmatch(token):
        raise TokenInvalid
    return token
