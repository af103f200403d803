"""The OpenAPI document of a service that is not running."""

from __future__ import annotations

import sys

import pytest

from servicekit.blueprint import openapi_document
from servicekit.export_openapi import unconnected_app

CONFIG = """
from dataclasses import dataclass

from servicekit.env import setting
from servicekit.service_config import ServiceConfig


@dataclass(frozen=True, kw_only=True)
class LampsConfig(ServiceConfig):
    database_url: str = setting("LAMPS_DATABASE_URL", "Database.")
    database_password: str = setting("LAMPS_DATABASE_PASSWORD", "Password.", secret=True)
"""

APP = """
from pathlib import Path

from flask_migrate import Migrate

from servicekit.application import create_application
from servicekit.blueprint import create_api
from servicekit.database import create_database
from servicekit.limits import create_limiter


def create_app(config):
    app = create_application(
        "lamps",
        config,
        database=create_database("lamps"),
        migrate=Migrate(),
        migrations=Path("migrations"),
        limiter=create_limiter(),
        limit_settings=(),
    )
    app.extensions["api"] = create_api(app, title="Lamps")
    return app
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "lamps_service").mkdir()
    (tmp_path / "lamps_service" / "__init__.py").touch()
    (tmp_path / "lamps_service" / "config.py").write_text(CONFIG)
    (tmp_path / "lamps_service" / "app.py").write_text(APP)
    monkeypatch.syspath_prepend(tmp_path)
    yield "lamps_service"
    for name in [name for name in sys.modules if name.startswith("lamps_service")]:
        del sys.modules[name]


def test_document_is_made_without_anything_that_the_service_depends_on(package):
    app = unconnected_app(package)

    assert openapi_document(app.extensions["api"])["info"]["title"] == "Lamps"
