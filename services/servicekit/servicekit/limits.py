"""Named rate limits on Redis, which stay in force process by process while Redis is away.

A service lists its limits in one module of its own. Each is a decorator with a name, the setting that holds its figures
and the key it counts by; ``COLOPHON_RATE_LIMIT_SCALE`` multiplies every figure.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import redis
import structlog
from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import parse_many

from servicekit.access import anonymous_or_principal
from servicekit.envelope import RateLimited, render_error
from servicekit.redis_client import connection_options

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

_DECLARATION = "_declared_limits"
IPV6_PREFIX = 64


def client_address() -> str:
    """Return the key of the caller's address; IPv6 counts by its /64, which one subscriber owns whole."""
    address = request.remote_addr or "unknown"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address}"
    if parsed.version == 6:
        return f"address:{ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False)}"
    return f"address:{parsed}"


def account_or_address() -> str:
    """Return the key of the signed-in account, or of the address of an anonymous caller."""
    principal = anonymous_or_principal()
    return f"user:{principal.user_id}" if principal else client_address()


def is_anonymous() -> bool:
    """Return whether the caller sent no token."""
    return anonymous_or_principal() is None


def answered_unauthorised(response: Response) -> bool:
    """Return whether the answer refused the caller's credentials."""
    return response.status_code == 401


def create_limiter() -> Limiter:
    """Return the limiter extension of a service, to be bound to its application by ``init_app``."""
    return Limiter(
        client_address,
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
        # A count that cannot be kept is logged; it never turns an answer into a 500.
        swallow_errors=True,
    )


def named_limit(
    limiter: Limiter,
    name: str,
    setting: str,
    key: Callable[[], str],
    *,
    exempt_when: Callable[[], bool] | None = None,
    deduct_when: Callable[[Response], bool] | None = None,
) -> Callable[[View], View]:
    """Return the decorator of a limit that all views wearing it share.

    Args:
        name: the limit's name, part of its key in Redis.
        setting: the configuration field that holds its figures.
        key: gives whom the current request counts for.
        exempt_when: says which requests do not count at all.
        deduct_when: says from the answer whether the request counts; all do when not given.
    """
    shared = limiter.shared_limit(
        lambda: current_app.extensions["rate_limits"][setting],
        scope=name,
        key_func=key,
        exempt_when=exempt_when,
        deduct_when=deduct_when,
    )

    def decorator(view: View) -> View:
        limited: View = shared(view)  # type: ignore[assignment]
        setattr(limited, _DECLARATION, (*declared_limits(view), name))
        return limited

    return decorator


def unlimited(view: View) -> View:
    """Declare that a view has no limit of its own."""
    setattr(view, _DECLARATION, ("unlimited",))
    return view


def declared_limits(view: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the limits that ``view`` wears, ``("unlimited",)``, or an empty tuple."""
    return getattr(view, _DECLARATION, ())


def scaled(figures: str, scale: int) -> str:
    """Return limits such as "5 per minute" with each amount multiplied by ``scale``."""
    parts = [f"{item.amount * scale} per {item.multiples} {item.GRANULARITY.name}" for item in parse_many(figures)]
    return "; ".join(parts)


def init_app(
    app: Flask, limiter: Limiter, *, redis_url: str, redis_password: str, figures: Mapping[str, str], scale: int
) -> None:
    """Bind ``limiter`` to ``app``.

    Args:
        figures: configuration field to limits in the notation of the limits library.
        scale: the positive integer that multiplies all of them.
    """
    app.extensions["rate_limits"] = {setting: scaled(text, scale) for setting, text in figures.items()}
    app.config["RATELIMIT_STORAGE_URI"] = redis_url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = connection_options(redis_password)
    app.config["RATELIMIT_KEY_PREFIX"] = f"colophon:{app.name}"
    app.after_request(_tell_the_limit)
    app.register_error_handler(RateLimitExceeded, _render_exceeded)
    limiter.init_app(app)
    app.extensions["named_limiter"] = limiter


def _render_exceeded(error: RateLimitExceeded) -> Response:
    current = current_app.extensions["named_limiter"].current_limit
    wait = _seconds_until(current.reset_at) if current else 1
    return render_error(RateLimited(headers={"Retry-After": str(wait)}))


def _tell_the_limit(response: Response) -> Response:
    """Add ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (seconds) for the limit nearest to its end."""
    current = current_app.extensions["named_limiter"].current_limit
    if current is None:
        return response
    try:
        remaining, reset_at = max(0, current.remaining), current.reset_at
    except redis.RedisError as error:
        log.warning("rate_limit_headers_left_out", reason=type(error).__name__)
        return response
    response.headers["RateLimit-Limit"] = str(current.limit.amount)
    response.headers["RateLimit-Remaining"] = str(remaining)
    response.headers["RateLimit-Reset"] = str(_seconds_until(reset_at))
    return response


def _seconds_until(moment: float) -> int:
    return max(1, round(moment - time.time()))
