"""What the views hand down to operations, made once for each application from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from auth_service.config import AuthConfig
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.secret_key import derived_key
from auth_service.sessions.refresh_tokens import RefreshTokens
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users.common_passwords import common_passwords
from auth_service.users.passwords import Passwords
from servicekit.key_ring import KeyRing
from servicekit.revocation import RevocationSet


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of the auth service that know its configuration."""

    passwords: Passwords
    issuer: AccessTokenIssuer
    revocation: AccessTokenRevocation
    refresh_tokens: RefreshTokens
    api_keys_per_user: int


def wire(config: AuthConfig, ring: KeyRing, revocations: RevocationSet) -> Wiring:
    """Return the parts for ``config``.

    Raises:
        ImportError, OSError: the list of common passwords is not installed.
    """
    # Read now rather than by the first who registers.
    common_passwords()
    access_token_life = timedelta(seconds=config.access_token_ttl_seconds)
    return Wiring(
        Passwords(memory_kib=config.argon2_memory_kib, time_cost=config.argon2_time_cost),
        AccessTokenIssuer(ring, config.token_issuer, config.token_audience, access_token_life),
        AccessTokenRevocation(revocations, access_token_life),
        RefreshTokens(
            successor_key=derived_key(config.secret_key, "refresh-successor"),
            life=timedelta(seconds=config.refresh_token_ttl_seconds),
            session_life=timedelta(seconds=config.session_ttl_seconds),
            grace=timedelta(seconds=config.refresh_grace_seconds),
        ),
        config.api_keys_per_user,
    )
