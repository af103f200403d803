"""Prints the OpenAPI document of a service; nothing that the service depends on has to run."""

from __future__ import annotations

import importlib
import json
import secrets
import sys
import tempfile
from dataclasses import MISSING
from pathlib import Path

from flask import Flask

from servicekit import env
from servicekit.blueprint import openapi_document


def unconnected_app(package: str) -> Flask:
    """Return the application of the service in ``package``, such as ``books_service``, to be looked at, not used."""
    prefix = package.removesuffix("_service")
    app_module = importlib.import_module(f"{package}.app")
    config_module = importlib.import_module(f"{package}.config")
    with tempfile.TemporaryDirectory() as folder:
        key = {"kid": "document", "secret": secrets.token_urlsafe(48), "state": "active"}
        (Path(folder) / "ring.json").write_text(json.dumps({"keys": [key]}))
        config_class = getattr(config_module, f"{prefix.capitalize()}Config")
        environment = {
            "COLOPHON_SIGNING_KEYS_DIR": folder,
            f"{prefix.upper()}_DATABASE_URL": "postgresql+psycopg2://nobody@localhost/nothing",
        }
        environment |= {
            setting.variable: secrets.token_urlsafe(48)
            for setting, field in env.settings_of(config_class)
            if setting.secret and field.default is MISSING
        }
        config = env.load(config_class, environment)
        app: Flask = app_module.create_app(config)
        return app


if __name__ == "__main__":
    json.dump(
        openapi_document(unconnected_app(sys.argv[1]).extensions["api"]),
        sys.stdout,
        indent=2,
        sort_keys=True,
        ensure_ascii=False,
    )
    sys.stdout.write("\n")
