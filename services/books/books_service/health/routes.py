"""Health: one public answer, and two internal ones that the gateway does not route."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import Schema, fields

from books_service.extensions import db
from servicekit import health
from servicekit.access import PUBLIC, access
from servicekit.blueprint import Blueprint
from servicekit.limits import unlimited

blueprint = Blueprint("books health", __name__, url_prefix="/api/v1/books", description="Whether the service can work.")
internal = Blueprint("internal health", __name__, url_prefix="/internal/health")


class HealthSchema(Schema):
    """A service that can answer."""

    status = fields.String(required=True, metadata={"enum": ["ok"]})
    service = fields.String(required=True)
    version = fields.String(required=True)


def _ok() -> dict[str, Any]:
    return {"status": "ok", "service": "books", "version": current_app.config["SERVICE"].version}


@blueprint.route("/health")
@access(PUBLIC)
@unlimited
@blueprint.response(200, HealthSchema)
def show_books_health() -> dict[str, Any]:
    """Tell whether the books service is ready"""
    health.require_ready({"database": health.database_check(db.session)})
    return _ok()


@internal.route("/live")
@access(PUBLIC)
@unlimited
@internal.response(200, HealthSchema)
def show_liveness() -> dict[str, Any]:
    """Tell that the process answers, whatever it depends on"""
    return _ok()


@internal.route("/ready")
@access(PUBLIC)
@unlimited
@internal.response(200, HealthSchema)
def show_readiness() -> dict[str, Any]:
    """Tell whether everything that requests need is there"""
    health.require_ready({"database": health.database_check(db.session)})
    return _ok()
