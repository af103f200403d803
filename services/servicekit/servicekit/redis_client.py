"""The connection to Redis, bounded so that a lost or paused server never holds a request."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_TIMEOUT_SECONDS = 0.25


def connection_options(password: str) -> dict[str, Any]:
    """Return the keyword arguments that every Redis client of ours is built with.

    The library's own defaults, 5 s and ten retries, would keep a worker's thread for most of a minute.
    """
    return {
        "password": password,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": SOCKET_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        # With RESP3 a server may announce maintenance, and the client then waits 10 s in place of the time above.
        "protocol": 2,
    }


def connect(url: str, password: str) -> redis.Redis:
    """Return a client for ``url``; nothing is sent before its first use."""
    client: redis.Redis = redis.Redis.from_url(url, decode_responses=True, **connection_options(password))
    return client
