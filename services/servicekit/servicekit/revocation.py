"""The revocation set: sessions whose access tokens are refused before they expire, shared through Redis.

When Redis is away verified tokens are accepted for what is left of their short life (fail open); each such decision is
counted and the outage is logged. A failed server is asked again once a second at most, so that an outage costs one
request a second a short wait, not every request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import redis
import structlog

from servicekit.access_tokens import LEEWAY_SECONDS, AccessTokenClaims

log = structlog.get_logger(__name__)

KEY_PREFIX = "colophon:revoked:sid:"
RETRY_INTERVAL_SECONDS = 1.0


class RevocationSet:
    """Membership of sessions in the set of revoked ones.

    Args:
        client: a Redis client with short timeouts.
        monotonic: seconds from any fixed moment.
    """

    def __init__(self, client: redis.Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away_until = 0.0
        self.accepted_unchecked = 0

    def is_revoked(self, claims: AccessTokenClaims) -> bool:
        """Return whether the session of ``claims`` is revoked; False when Redis cannot tell."""
        if not self._may_ask():
            with self._lock:
                self.accepted_unchecked += 1
            return False
        try:
            (revoked,) = self._client.mget([KEY_PREFIX + claims.session_id])
        except redis.RedisError as error:
            with self._lock:
                self._away_until = self._monotonic() + RETRY_INTERVAL_SECONDS
                self.accepted_unchecked += 1
            log.warning("revocation_unchecked", reason=type(error).__name__, accepted=self.accepted_unchecked)
            return False
        self._away_until = 0.0
        return revoked is not None

    def revoke(self, session_ids: Iterable[str], ttl_seconds: int) -> bool:
        """Add sessions for ``ttl_seconds``, the longest life of a token that names them, and the leeway of its times.

        Returns False, after logging it, when Redis could not be told; the tokens then live on until they expire.
        """
        if not self._may_ask():
            log.error("revocation_not_stored", reason="RedisAway")
            return False
        pipeline = self._client.pipeline(transaction=False)
        for session_id in session_ids:
            pipeline.set(KEY_PREFIX + session_id, "1", ex=ttl_seconds + LEEWAY_SECONDS)
        try:
            pipeline.execute()
        except redis.RedisError as error:
            with self._lock:
                self._away_until = self._monotonic() + RETRY_INTERVAL_SECONDS
            log.error("revocation_not_stored", reason=type(error).__name__)
            return False
        self._away_until = 0.0
        return True

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
