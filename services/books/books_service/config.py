"""Every setting of the books service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servicekit.env import RateLimits, setting
from servicekit.service_config import ServiceConfig


@dataclass(frozen=True, kw_only=True)
class BooksConfig(ServiceConfig):
    """What the books service reads from the environment, once."""

    database_url: str = setting(
        "BOOKS_DATABASE_URL", "Database without password: `postgresql+psycopg2://role@host:port/name`."
    )
    database_password: str = setting("BOOKS_DATABASE_PASSWORD", "Password of that role.", secret=True)
    isbn_check: str = setting(
        "BOOKS_ISBN_CHECK",
        "A wrong check digit: `reject` refuses the book, `report` stores it without the ISBN and says so.",
        default="reject",
        choices=("reject", "report"),
    )
    rate_limit_signed_in_reads: RateLimits = setting(
        "BOOKS_RATE_LIMIT_SIGNED_IN_READS", "Reads of one account or API key.", default=RateLimits("1200 per minute")
    )
    rate_limit_writes: RateLimits = setting(
        "BOOKS_RATE_LIMIT_WRITES", "Writes of one account or API key.", default=RateLimits("120 per minute")
    )
    require_if_match: bool = setting(
        "BOOKS_REQUIRE_IF_MATCH",
        "Whether each PUT, PATCH and DELETE must carry `If-Match`; one that does not is then answered 428.",
        default=False,
    )
    rate_limit_isbn_lookups: RateLimits = setting(
        "BOOKS_RATE_LIMIT_ISBN_LOOKUPS",
        "Batch look-ups of ISBNs of one account, API key or anonymous address.",
        default=RateLimits("60 per minute"),
    )
    idempotency_key_ttl_seconds: int = setting(
        "BOOKS_IDEMPOTENCY_KEY_TTL_SECONDS",
        "How long an answer is kept under its `Idempotency-Key` and given again to a repeated request.",
        default=24 * 60 * 60,
        minimum=60,
        maximum=30 * 24 * 60 * 60,
    )
    rate_limit_cover_uploads: RateLimits = setting(
        "BOOKS_RATE_LIMIT_COVER_UPLOADS", "Covers sent by one account or API key.", default=RateLimits("30 per minute")
    )
    # A place inside the container, where docker-compose.yml mounts the volume; of no use as a variable.
    covers_dir: Path = Path("/var/lib/covers")
