"""Fixtures of the books service's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from books_service.app import create_app
from books_service.config import BooksConfig
from books_service.extensions import SCHEMA, db
from servicekit import env
from servicekit.testing.contract import ContractClient


def build(environment: dict[str, str]) -> Flask:
    """Return the application for an environment."""
    app = create_app(env.load(BooksConfig, environment))
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
