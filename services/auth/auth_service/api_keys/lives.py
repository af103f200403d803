"""How long what a key is exchanged for may be used.

An access token lives for a minute, or as long as any other if that is shorter. The gateway uses it for a few seconds
before it asks again; while auth is away, for as long as the token surely lives. Nothing outlives the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_TOKEN_LIFE = timedelta(seconds=60)
FRESH_SECONDS = 5
# A request that is sent with the token just before its end arrives with a token that lives.
MARGIN_SECONDS = 10
REFUSAL_FRESH_SECONDS = 2

# How long the secret before a rotation works on, in which a program can be given the new one.
DEFAULT_OVERLAP_SECONDS = 86_400
MAXIMUM_OVERLAP_SECONDS = 604_800


@dataclass(frozen=True, slots=True)
class Lives:
    """The life of a token, and for how many seconds it may be reused, as a rule and while auth is away."""

    token: timedelta
    fresh_seconds: int
    stale_seconds: int

    @property
    def cache_control(self) -> str:
        """The same as a header (RFC 5861), which binds the gateway."""
        stale = self.stale_seconds
        return f"max-age={self.fresh_seconds}, stale-while-revalidate={stale}, stale-if-error={stale}"


def lives_until(ends_at: datetime | None, *, token_life: timedelta, now: datetime) -> Lives:
    """Return the lives of what a key is exchanged for that ends at ``ends_at``, in the future, or never.

    ``token_life`` is that of every access token: revocations and retired signing keys are kept no longer.
    """
    token = min(LONGEST_TOKEN_LIFE, token_life)
    if ends_at is not None:
        token = min(token, ends_at - now)
    seconds = int(token.total_seconds())
    fresh = min(FRESH_SECONDS, seconds)
    return Lives(token, fresh, max(0, seconds - fresh - MARGIN_SECONDS))
