"""The settings that every service has, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from servicekit.database import database_url
from servicekit.env import setting
from servicekit.gunicorn_config import threads_setting
from servicekit.revocation import ACCEPT, REFUSE


@dataclass(frozen=True, kw_only=True)
class ServiceConfig:
    """What a service needs of the house; each service adds its own."""

    signing_keys_dir: Path = setting(
        "COLOPHON_SIGNING_KEYS_DIR", "Folder that holds `ring.json`, the keys that sign access tokens."
    )
    redis_url: str = setting(
        "COLOPHON_REDIS_URL", "Redis for rate limits and revocation.", default="redis://redis:6379/0"
    )
    redis_password: str = setting("COLOPHON_REDIS_PASSWORD", "Password of Redis.", secret=True)
    token_issuer: str = setting("COLOPHON_TOKEN_ISSUER", "Issuer that access tokens name (`iss`).", default="colophon")
    token_audience: str = setting("COLOPHON_TOKEN_AUDIENCE", "Audience of access tokens (`aud`).", default="colophon")
    revocation_unknown: str = setting(
        "COLOPHON_REVOCATION_UNKNOWN",
        "A token of which nobody can tell whether it is revoked, Redis being away or emptied: `accept` it or `refuse` "
        "it with 503.",
        default=ACCEPT,
        choices=(ACCEPT, REFUSE),
    )
    rate_limit_scale: int = setting(
        "COLOPHON_RATE_LIMIT_SCALE",
        "Multiplies every rate limit, the gateway's included; for load tests.",
        default=1,
        minimum=1,
        maximum=1_000_000,
    )
    log_level: str = setting(
        "COLOPHON_LOG_LEVEL", "How much is logged.", default="info", choices=("debug", "info", "warning", "error")
    )
    log_file: Path | None = setting(
        "COLOPHON_LOG_FILE", "File that is logged to; standard output if empty.", default=None
    )
    version: str = setting("COLOPHON_VERSION", "Version that health answers tell; set by the image.", default="dev")

    # Each service declares these two under variables of its own.
    database_url: str
    database_password: str
    # As many connections as threads, so that no thread waits for one.
    database_pool_size: int = threads_setting()

    def sqlalchemy_url(self) -> URL:
        """Return the URL of the database with its password."""
        return database_url(self.database_url, self.database_password)

    def __post_init__(self) -> None:
        """Raise ValueError when the URL of the database or of Redis is not usable."""
        self.sqlalchemy_url()
        if not self.redis_url.startswith(("redis://", "rediss://")):
            raise ValueError("COLOPHON_REDIS_URL must be redis://host:port/number")
