"""Fixtures of the auth service's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from auth_service.app import create_app
from auth_service.config import AuthConfig
from auth_service.extensions import SCHEMA, db
from servicekit import env
from servicekit.testing.contract import ContractClient


def build(environment: dict[str, str]) -> Flask:
    """Return the application for an environment."""
    app = create_app(env.load(AuthConfig, environment))
    app.test_client_class = ContractClient
    return app


@pytest.fixture(scope="session", name="app")
def _app(migrated_app: Callable[[str, Callable[[dict[str, str]], Flask]], Flask]) -> Flask:
    return migrated_app(SCHEMA, build)


@pytest.fixture(scope="session", name="database")
def _database() -> SQLAlchemy:
    return db


@pytest.fixture(name="client")
def _client(app: Flask, rolled_back: SQLAlchemy, empty_redis: None) -> FlaskClient:
    return app.test_client()
