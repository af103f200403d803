"""Whether a process can do its work: asked of each thing it depends on, told to the public without detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import current_app
from marshmallow import Schema, fields
from sqlalchemy import text

from servicekit.access import PUBLIC, access
from servicekit.blueprint import Blueprint
from servicekit.database import DatabaseSession
from servicekit.envelope import ServiceUnavailable
from servicekit.limits import unlimited

log = structlog.get_logger(__name__)

Check = Callable[[], None]
RETRY_AFTER = {"Retry-After": "2"}


class HealthSchema(Schema):
    """A service that can answer."""

    status = fields.String(required=True, metadata={"enum": ["ok"]})
    service = fields.String(required=True)
    version = fields.String(required=True)


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


def health_blueprints(service: str, checks: Mapping[str, Check]) -> tuple[Blueprint, Blueprint]:
    """Return the addresses at which a service tells its health.

    The first is public: ``/api/v1/SERVICE/health`` answers 503 when a check fails and does not tell which. The second
    is ``/internal/health``, which no gateway routes: ``/live`` tells that the process answers, ``/ready`` what each
    check found.
    """
    public = Blueprint(
        f"{service} health", __name__, url_prefix=f"/api/v1/{service}", description="Whether the service can work."
    )
    internal = Blueprint("internal health", __name__, url_prefix="/internal/health")

    def well() -> dict[str, Any]:
        return {"status": "ok", "service": service, "version": current_app.config["SERVICE"].version}

    def show_health() -> dict[str, Any]:
        if failing_checks(checks):
            raise ServiceUnavailable(headers=RETRY_AFTER)
        return well()

    show_health.__name__ = f"show_{service}_health"
    show_health.__doc__ = f"Tell whether the {service} service is ready"
    public.route("/health")(access(PUBLIC)(unlimited(public.response(200, HealthSchema)(show_health))))

    @internal.route("/live")
    @access(PUBLIC)
    @unlimited
    @internal.response(200, HealthSchema)
    def show_liveness() -> dict[str, Any]:
        return well()

    @internal.route("/ready")
    @access(PUBLIC)
    @unlimited
    @internal.response(200)
    def show_readiness() -> dict[str, Any]:
        if failures := failing_checks(checks):
            raise ServiceUnavailable(headers=RETRY_AFTER, details={name: [why] for name, why in failures.items()})
        return {**well(), "checks": dict.fromkeys(checks, "ok")}

    return public, internal
