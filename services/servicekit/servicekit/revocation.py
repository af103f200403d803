"""The revocation set: access tokens that are refused before they expire, shared through Redis.

The truth is in the database of the service that issues tokens; Redis holds a copy, which a reconciler there asserts
again and again. Each assertion ends with a sentinel of a short life. An answer means "not revoked" only beside the
sentinel: without it Redis was emptied, or nobody keeps the copy, and nothing is known. When Redis cannot tell, the
policy of the installation decides, and each such decision is counted. A failed server is asked again once a second at
most, so that an outage costs one request a second a short wait, not every request.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import ClassVar

import redis
import structlog

from servicekit.access_tokens import LEEWAY_SECONDS, AccessTokenClaims
from servicekit.envelope import ApiError
from servicekit.metrics import REVOCATION_UNKNOWN

log = structlog.get_logger(__name__)

KEY_PREFIX = "colophon:revoked:"
SENTINEL_KEY = "colophon:revocations:sentinel"
ASSERTION_PREFIX = "colophon:revocations:assertion:"
BATCH_SIZE = 1000
RETRY_INTERVAL_SECONDS = 1.0
LOG_INTERVAL_SECONDS = 1.0

# What becomes of a token when nobody can tell whether it is revoked.
ACCEPT = "accept"
REFUSE = "refuse"
# From the start, so that the first decision of an outage shows as a step from 0.
_COUNTED = {decision: REVOCATION_UNKNOWN.labels(decision) for decision in (ACCEPT, REFUSE)}


class RevocationUnknown(ApiError):
    """Nobody can tell whether the token is revoked; no 401, for the token may well be good."""

    code, status = "revocation_unknown", 503
    message = "Nobody can tell right now whether the access token is still good; try again soon."
    retry_after: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(self.retry_after)})


def session_name(session_id: str) -> str:
    """Return the name of the revocation of one session or API key."""
    return f"sid:{session_id}"


def user_name(user_id: int, epoch: int) -> str:
    """Return the name of the revocation of all tokens of a user that carry ``epoch``, which has ended."""
    return f"user:{user_id}:{epoch}"


class RevocationSet:
    """Membership in the set of revocations.

    Args:
        client: a Redis client with short timeouts.
        monotonic: seconds from any fixed moment.
    """

    def __init__(self, client: redis.Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._untold = 0
        self._told_at: float | None = None

    def is_revoked(self, claims: AccessTokenClaims, *, unknown: str = ACCEPT) -> bool:
        """Return whether the session of ``claims``, or the epoch of their user, is revoked.

        ``unknown`` decides when Redis cannot tell: ``ACCEPT`` gives False.

        Raises:
            RevocationUnknown: when Redis cannot tell and ``unknown`` is ``REFUSE``.
        """
        if not self._may_ask():
            return self._unknown(unknown, "RedisAway")
        names = (session_name(claims.session_id), user_name(claims.user_id, claims.epoch))
        try:
            sentinel, *revoked = self._client.mget([SENTINEL_KEY, *(KEY_PREFIX + name for name in names)])
        except redis.RedisError as error:
            self._open_breaker()
            return self._unknown(unknown, type(error).__name__)
        self._away_until = 0.0
        # What is known is known, even while the rest is not.
        if any(value is not None for value in revoked):
            return True
        return self._unknown(unknown, "SentinelMissing") if sentinel is None else False

    def announce(self, names: Collection[str], ttl_seconds: int) -> bool:
        """Add ``names`` for ``ttl_seconds``, the longest life of a token that they refuse, and the leeway of its times.

        Returns False, after logging it, when Redis could not be told; the next assertion then tells it.
        """
        if not self._may_ask():
            log.error("revocation_not_stored", reason="RedisAway")
            return False
        try:
            self._store((name, ttl_seconds + LEEWAY_SECONDS) for name in names)
        except redis.RedisError as error:
            # One that refuses, being full for one, can still be asked.
            if not isinstance(error, redis.ResponseError):
                self._open_breaker()
            log.error("revocation_not_stored", reason=type(error).__name__)
            return False
        self._away_until = 0.0
        return True

    def assert_live(self, live: Iterable[tuple[str, int]], sentinel_ttl_seconds: int) -> None:
        """Store every revocation in force, as (name, seconds left), and then say so by the sentinel.

        For the reconciler: it asks Redis even during an outage. A mark made first becomes the sentinel at last, so that
        a Redis that was emptied meanwhile, and has lost the mark with the rest, gets none.

        Raises:
            redis.RedisError: when not everything could be stored; there is no new sentinel then.
        """
        mark = ASSERTION_PREFIX + uuid.uuid4().hex
        self._client.set(mark, "1", ex=sentinel_ttl_seconds)
        rows = iter(live)
        while batch := list(islice(rows, BATCH_SIZE)):
            self._store(batch)
        self._client.rename(mark, SENTINEL_KEY)
        self._away_until = 0.0

    def _store(self, revocations: Iterable[tuple[str, int]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for name, ttl_seconds in revocations:
            # Redis refuses 0, which is what is left in the last second.
            pipeline.set(KEY_PREFIX + name, "1", ex=max(1, ttl_seconds))
        pipeline.execute()

    def _unknown(self, policy: str, reason: str) -> bool:
        """Count and log that nothing is known, and return what stands in for the answer, or raise."""
        _COUNTED[policy].inc()
        with self._lock:
            self._untold += 1
            now = self._monotonic()
            is_due = self._told_at is None or now - self._told_at >= LOG_INTERVAL_SECONDS
            count = self._untold
            if is_due:
                self._untold, self._told_at = 0, now
        if is_due:
            log.warning("revocation_unknown", reason=reason, decision=policy, count=count)
        if policy == REFUSE:
            raise RevocationUnknown
        return False

    def _open_breaker(self) -> None:
        with self._lock:
            self._away_until = self._monotonic() + RETRY_INTERVAL_SECONDS

    def _may_ask(self) -> bool:
        """Return whether Redis is to be asked: always when it answered last, else by one request a second."""
        if self._away_until == 0.0:
            return True
        with self._lock:
            now = self._monotonic()
            if now < self._away_until:
                return False
            self._away_until = now + RETRY_INTERVAL_SECONDS
            return True
