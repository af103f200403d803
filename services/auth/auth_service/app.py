"""The auth application: what it is made of."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from auth_service import limits
from auth_service.config import AuthConfig
from auth_service.extensions import db, migrate
from auth_service.health import routes as health
from servicekit.application import create_application
from servicekit.blueprint import create_api

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def create_app(config: AuthConfig) -> Flask:
    """Return the auth application for ``config``."""
    app = create_application(
        "auth",
        config,
        database=db,
        migrate=migrate,
        migrations=MIGRATIONS,
        limiter=limits.limiter,
        limit_settings=limits.FIGURES,
    )
    api = create_api(app, title="Colophon auth")
    for blueprint in (health.blueprint,):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.internal)
    app.extensions["api"] = api
    return app
