"""The auth application: what it is made of."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response

from auth_service import limits
from auth_service.api_keys import cli as api_keys_cli
from auth_service.api_keys import routes as api_keys
from auth_service.attempts import cli as attempts_cli
from auth_service.attempts import routes as attempts
from auth_service.audit import cli as audit_cli
from auth_service.audit import routes as audit
from auth_service.config import AuthConfig
from auth_service.exports import routes as exports
from auth_service.extensions import db, migrate
from auth_service.health import routes as health
from auth_service.mails import cli as mails_cli
from auth_service.mfa import cli as mfa_cli
from auth_service.mfa import routes as mfa
from auth_service.recovery import routes as recovery
from auth_service.sessions import cli as sessions_cli
from auth_service.sessions import routes as sessions
from auth_service.signing_keys import cli as signing_keys_cli
from auth_service.suspensions import routes as suspensions
from auth_service.tokens import routes as tokens
from auth_service.users import cli as users_cli
from auth_service.users import routes as users
from auth_service.wiring import wire
from servicekit import metrics_endpoint
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
    app.extensions["wiring"] = wire(config, app.extensions["key_ring"], app.extensions["revocations"])
    api = create_api(app, title="Colophon auth")
    for blueprint in (
        health.blueprint,
        sessions.blueprint,
        tokens.blueprint,
        mfa.blueprint,
        users.blueprint,
        suspensions.blueprint,
        attempts.blueprint,
        mfa.of_users,
        exports.blueprint,
        api_keys.blueprint,
        recovery.blueprint,
        recovery.of_users,
        audit.blueprint,
        audit.activity,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.internal)
    app.register_blueprint(metrics_endpoint.internal)
    app.register_blueprint(api_keys.internal)
    app.after_request(_keep_out_of_caches)
    app.extensions["api"] = api
    app.cli.add_command(users_cli.users)
    app.cli.add_command(sessions_cli.sessions)
    app.cli.add_command(signing_keys_cli.signing_keys)
    app.cli.add_command(mails_cli.mails)
    app.cli.add_command(api_keys_cli.api_keys)
    app.cli.add_command(attempts_cli.attempts)
    app.cli.add_command(mfa_cli.mfa)
    app.cli.add_command(audit_cli.audit)
    return app


def _keep_out_of_caches(response: Response) -> Response:
    """Forbid storing tokens and what is personal (RFC 6749, section 5.1; RFC 9111, section 5.2.2.5).

    What is for the gateway alone says itself how long it may be kept.
    """
    response.headers.setdefault("Cache-Control", "no-store")
    return response
