"""Whether a process can do its work, asked of each thing it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import text

from servicekit.database import DatabaseSession
from servicekit.envelope import ServiceUnavailable

log = structlog.get_logger(__name__)

Check = Callable[[], None]


def database_check(session: DatabaseSession) -> Check:
    """Return a check that raises unless the database answers."""

    def ask_database() -> None:
        session.execute(text("SELECT 1"))

    return ask_database


def failing_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return the reason of each check that raises, by name."""
    failures: dict[str, str] = {}
    for name, check in checks.items():
        try:
            check()
        except Exception as error:
            failures[name] = type(error).__name__
            log.warning("health_check_failed", check=name, reason=type(error).__name__)
    return failures


def require_ready(checks: Mapping[str, Check]) -> None:
    """Return when every check passes.

    Raises:
        ServiceUnavailable: otherwise; which one failed is in the log only.
    """
    if failing_checks(checks):
        raise ServiceUnavailable(headers={"Retry-After": "2"})
