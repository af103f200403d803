"""Named rate limits on Redis, which stay in force process by process while Redis is away.

Requests that were under way when Redis went away pass uncounted.

A service lists its limits in one module of its own. Each is a decorator with a name, the setting that holds its figures
and the key it counts by; ``COLOPHON_RATE_LIMIT_SCALE`` multiplies every figure.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

import redis
import structlog
from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded, RequestLimit
from limits import parse_many

from servicekit.access import anonymous_or_principal
from servicekit.addresses import counted_address
from servicekit.envelope import RateLimited, render_error
from servicekit.redis_client import connection_options

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

_DECLARATION = "_declared_limits"


def client_address() -> str:
    """Return the key of the caller's address; IPv6 counts by its /64, which one subscriber owns whole."""
    return f"address:{counted_address(request.remote_addr or 'unknown')}"


def account_or_address() -> str:
    """Return the key of the API key, of the signed-in account, or of the address of an anonymous caller.

    Each API key has limits of its own, so that a program that runs wild does not shut its owner out.
    """
    principal = anonymous_or_principal()
    if principal is None:
        return client_address()
    return f"key:{principal.session_id}" if principal.has_api_key else f"user:{principal.user_id}"


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
        limiter: what ``create_limiter`` returned.
        name: the limit's name, part of its key in Redis.
        setting: the configuration field that holds its figures.
        key: gives whom the current request counts for; what it raises ends the request.
        exempt_when: says which requests do not count at all.
        deduct_when: says from the answer whether the request counts; all do when not given.
    """
    shared = limiter.shared_limit(
        lambda: current_app.extensions["rate_limits"][setting],
        scope=name,
        key_func=lambda: g.limit_keys[name],
        exempt_when=exempt_when,
        deduct_when=deduct_when,
    )

    def decorator(view: View) -> View:
        limited = shared(view)

        @wraps(limited)
        def keyed(*args: Any, **kwargs: Any) -> Any:
            # Before the limiter, which takes every exception, a body that is too large too, for the loss of Redis.
            if "limit_keys" not in g:
                g.limit_keys = {}
            g.limit_keys[name] = key()
            return limited(*args, **kwargs)

        setattr(keyed, _DECLARATION, (*declared_limits(view), name))
        return cast(View, keyed)

    return decorator


def limit_on_errors(
    limiter: Limiter, name: str, setting: str, key: Callable[[], str], *, error: type[Exception]
) -> Callable[[View], View]:
    """Return the decorator of a limit that counts the requests which a view refuses by raising ``error``.

    Beyond it such a request is told so in place of the refusal. Unlike with ``deduct_when``, what the view accepts is
    never refused, however much of the limit others have used up.
    """
    limited = named_limit(limiter, name, setting, key)

    def decorator(view: View) -> View:
        @limited
        @wraps(view)
        def count(*_args: Any, **_kwargs: Any) -> None:
            """Do nothing: the limit around it counts."""

        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except error:
                count()
                raise

        setattr(counted, _DECLARATION, declared_limits(count))
        return cast(View, counted)

    return decorator


def unlimited(view: View) -> View:
    """Declare that a view has no limit of its own."""
    setattr(view, _DECLARATION, ("unlimited",))
    return view


def declared_limit(name: str) -> Callable[[View], View]:
    """Return the decorator that declares a limit which the operation behind a view keeps by itself."""

    def decorator(view: View) -> View:
        setattr(view, _DECLARATION, (*declared_limits(view), name))
        return view

    return decorator


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

    ``figures`` gives limits in the notation of the limits library by configuration field, ``scale`` the positive
    integer that multiplies all of them.
    """
    app.extensions["rate_limits"] = {setting: scaled(text, scale) for setting, text in figures.items()}
    app.config["RATELIMIT_STORAGE_URI"] = redis_url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = connection_options(redis_password)
    app.config["RATELIMIT_KEY_PREFIX"] = f"colophon:{app.name}"
    app.after_request(_tell_the_limit)
    app.register_error_handler(RateLimitExceeded, render_exceeded)
    limiter.init_app(app)
    app.extensions["named_limiter"] = limiter


def render_exceeded(_error: RateLimitExceeded) -> Response:
    """Return the failure envelope of a request that went beyond a limit."""
    current = current_app.extensions["named_limiter"].current_limit
    try:
        wait = _seconds_to_reset(current)
    except redis.RedisError:
        # Redis went away after it refused; nobody knows any more how long.
        wait = current.limit.get_expiry()
    return render_error(RateLimited(headers={"Retry-After": str(wait)}))


def _tell_the_limit(response: Response) -> Response:
    """Add ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (seconds) of the limit that refused, else the shortest."""
    current = current_app.extensions["named_limiter"].current_limit
    if current is None:
        return response
    try:
        remaining, reset = current.remaining, _seconds_to_reset(current)
    except redis.RedisError as error:
        log.warning("rate_limit_headers_left_out", reason=type(error).__name__)
        return response
    response.headers["RateLimit-Limit"] = str(current.limit.amount)
    response.headers["RateLimit-Remaining"] = str(remaining)
    response.headers["RateLimit-Reset"] = str(reset)
    return response


def _seconds_to_reset(current: RequestLimit) -> int:
    """Return the whole seconds until the window of ``current`` ends: never too few, never more than the window has."""
    seconds = math.ceil(current.reset_at - time.time())
    return max(1, min(seconds, current.limit.get_expiry()))
