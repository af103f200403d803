"""The Flask application that both services start from: everything that is not a feature, in the order it acts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix

from servicekit import access, arguments, entity_tags, envelope, limits, logs
from servicekit.access import TokenVerifier
from servicekit.database import engine_options
from servicekit.database import init_app as init_database
from servicekit.json_provider import OrjsonProvider
from servicekit.key_ring import KeyRing
from servicekit.redis_client import connect
from servicekit.revocation import RevocationSet
from servicekit.service_config import ServiceConfig

MAXIMUM_BODY_BYTES = 1024 * 1024


def create_application(
    name: str,
    config: ServiceConfig,
    *,
    database: SQLAlchemy,
    migrate: Migrate,
    migrations: Path,
    limiter: Limiter,
    limit_settings: Sequence[str],
) -> Flask:
    """Return an application named ``name`` that answers in envelopes, checks access and limits, and owns a database.

    ``limit_settings`` names the fields of ``config`` that hold rate limits.

    Raises:
        KeyRingInvalid: when the signing keys cannot be used.
    """
    app = Flask(name, static_folder=None)
    app.json = OrjsonProvider(app)
    # A doubled slash is another address, not found; Werkzeug would redirect, with a page in HTML.
    app.url_map.merge_slashes = False
    app.config["SERVICE"] = config
    app.config["MAX_CONTENT_LENGTH"] = MAXIMUM_BODY_BYTES
    app.config["SQLALCHEMY_DATABASE_URI"] = config.sqlalchemy_url()
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(name, config.database_pool_size)
    # The gateway sets these headers itself and is the only one who reaches a service.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]

    logs.configure_logging(name, config.log_level, config.log_file)
    logs.init_app(app)
    envelope.init_app(app)
    entity_tags.init_app(app)
    revocations = RevocationSet(connect(config.redis_url, config.redis_password))
    app.extensions["revocations"] = revocations
    app.extensions["key_ring"] = KeyRing(config.signing_keys_dir)
    access.init_app(
        app,
        TokenVerifier(
            app.extensions["key_ring"],
            revocations,
            issuer=config.token_issuer,
            audience=config.token_audience,
            revocation_unknown=config.revocation_unknown,
        ),
    )
    arguments.init_app(app)
    limits.init_app(
        app,
        limiter,
        redis_url=config.redis_url,
        redis_password=config.redis_password,
        figures={setting: getattr(config, setting) for setting in limit_settings},
        scale=config.rate_limit_scale,
    )
    init_database(app, database)
    migrate.init_app(app, database, directory=str(migrations))
    return app
