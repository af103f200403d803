"""Every setting of the auth service."""

from __future__ import annotations

from dataclasses import dataclass

from auth_service.secret_key import MINIMUM_SECRET_BYTES
from servicekit.env import RateLimits, setting
from servicekit.service_config import ServiceConfig

LONGEST_ACCESS_TOKEN_TTL_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class AuthConfig(ServiceConfig):
    """What the auth service reads from the environment, once."""

    database_url: str = setting(
        "AUTH_DATABASE_URL", "Database without password: `postgresql+psycopg2://role@host:port/name`."
    )
    database_password: str = setting("AUTH_DATABASE_PASSWORD", "Password of that role.", secret=True)
    secret_key: str = setting(
        "AUTH_SECRET_KEY", "Secret from which the keys of this service are made; at least 32 bytes.", secret=True
    )
    access_token_ttl_seconds: int = setting(
        "AUTH_ACCESS_TOKEN_TTL_SECONDS",
        "Life of an access token.",
        default=900,
        minimum=30,
        maximum=LONGEST_ACCESS_TOKEN_TTL_SECONDS,
    )
    refresh_token_ttl_seconds: int = setting(
        "AUTH_REFRESH_TOKEN_TTL_SECONDS",
        "Life of a refresh token; each refresh gives one that lives as long again.",
        default=2_592_000,
        minimum=60,
        maximum=31_536_000,
    )
    refresh_grace_seconds: int = setting(
        "AUTH_REFRESH_GRACE_SECONDS",
        "How long a used refresh token still gives its successor, while that one is unused.",
        default=10,
        minimum=0,
        maximum=120,
    )
    session_ttl_seconds: int = setting(
        "AUTH_SESSION_TTL_SECONDS",
        "Longest life of a session, however often it is refreshed.",
        default=7_776_000,
        minimum=60,
        maximum=315_360_000,
    )
    argon2_memory_kib: int = setting(
        "AUTH_ARGON2_MEMORY_KIB", "Memory of one password hash.", default=19_456, minimum=8, maximum=1_048_576
    )
    argon2_time_cost: int = setting(
        "AUTH_ARGON2_TIME_COST", "Passes of one password hash.", default=2, minimum=1, maximum=20
    )
    rate_limit_failed_logins_per_account: RateLimits = setting(
        "AUTH_RATE_LIMIT_FAILED_LOGINS_PER_ACCOUNT",
        "Failed logins that name one account, and changes that it confirms with a wrong password.",
        default=RateLimits("5 per minute"),
    )
    rate_limit_failed_logins_per_address: RateLimits = setting(
        "AUTH_RATE_LIMIT_FAILED_LOGINS_PER_ADDRESS",
        "Failed logins from one address, which a whole library may share.",
        default=RateLimits("30 per minute"),
    )
    rate_limit_registrations: RateLimits = setting(
        "AUTH_RATE_LIMIT_REGISTRATIONS", "Registrations from one address.", default=RateLimits("10 per hour")
    )
    rate_limit_refreshes: RateLimits = setting(
        "AUTH_RATE_LIMIT_REFRESHES", "Token refreshes from one address.", default=RateLimits("300 per minute")
    )
    rate_limit_signed_in_reads: RateLimits = setting(
        "AUTH_RATE_LIMIT_SIGNED_IN_READS", "Reads of one account.", default=RateLimits("1200 per minute")
    )
    rate_limit_writes: RateLimits = setting(
        "AUTH_RATE_LIMIT_WRITES", "Writes of one account.", default=RateLimits("120 per minute")
    )

    def __post_init__(self) -> None:
        """Raise ValueError when settings are not usable together or a secret is too short."""
        super().__post_init__()
        if len(self.secret_key.encode()) < MINIMUM_SECRET_BYTES:
            raise ValueError(f"AUTH_SECRET_KEY must have at least {MINIMUM_SECRET_BYTES} bytes")
