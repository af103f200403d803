"""Whether a process can do its work, asked of each thing it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session

from servicekit.envelope import ServiceUnavailable

log = structlog.get_logger(__name__)

Check = Callable[[], None]


def database_check(session: scoped_session[Session]) -> Check:
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
        except (SQLAlchemyError, OSError) as error:
            failures[name] = type(error).__name__
            log.warning("health_check_failed", check=name, reason=type(error).__name__)
    return failures


def require_ready(checks: Mapping[str, Check]) -> None:
    """Return when every check passes.

    Raises:
        ServiceUnavailable: otherwise; which one failed is in the log and in the internal answer only.
    """
    if failing_checks(checks):
        raise ServiceUnavailable(headers={"Retry-After": "2"})
