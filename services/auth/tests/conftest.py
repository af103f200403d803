"""Fixtures of the auth service's tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from auth_service.app import create_app
from auth_service.audit.origin import OPERATOR
from auth_service.config import AuthConfig
from auth_service.extensions import SCHEMA, db
from auth_service.sessions import operations as sessions
from auth_service.users import operations as users
from auth_service.users.roles import ROLES, scopes_of_role
from servicekit import env
from servicekit.testing.contract import ContractClient
from servicekit.testing.statements import statements_run

PASSWORD = "correct horse battery"
SECRET_KEY = secrets.token_urlsafe(48)


def build(environment: dict[str, str]) -> Flask:
    """Return the application for an environment, with password hashes that cost next to nothing.

    Whoever has to wait has to wait longer than any test takes.
    """
    usual = {
        "AUTH_ARGON2_MEMORY_KIB": "8",
        "AUTH_ARGON2_TIME_COST": "1",
        "AUTH_FAILED_SIGN_INS_FIRST_DELAY_SECONDS": "50",
        "AUTH_SECRET_KEY": SECRET_KEY,
    }
    app = create_app(env.load(AuthConfig, {**usual, **environment}))
    app.test_client_class = ContractClient
    return app


@dataclass(frozen=True)
class Person:
    """Somebody with an account who has signed in."""

    id: int
    email: str
    password: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request of theirs."""
        return {"Authorization": f"Bearer {self.access_token}"}

    @property
    def confirmation(self) -> dict[str, str]:
        """The body that confirms what concerns their own account."""
        return {"current_password": self.password}

    @property
    def url(self) -> str:
        """Where they are found."""
        return f"/api/v1/users/{self.id}"


@pytest.fixture(scope="session", name="build_app")
def _build_app() -> Callable[[dict[str, str]], Flask]:
    return build


@pytest.fixture(scope="session")
def scopes_by_role() -> dict[str, str]:
    """Return the scopes of each role."""
    return {role: " ".join(scopes_of_role(role)) for role in ROLES}


@pytest.fixture(scope="session", name="app")
def _app(migrated_app: Callable[[str, Callable[[dict[str, str]], Flask]], Flask]) -> Flask:
    return migrated_app(SCHEMA, build)


@pytest.fixture(scope="session", name="database")
def _database() -> SQLAlchemy:
    return db


@pytest.fixture(name="client")
def _client(app: Flask, rolled_back: SQLAlchemy, empty_redis: None) -> FlaskClient:
    return app.test_client()


@pytest.fixture(name="add_person")
def _add_person(app: Flask) -> Callable[..., Person]:
    """Return a function that makes an account and signs in; in which transaction, the other fixtures decide."""
    count = 0

    def add(role: str = "user", email: str | None = None, password: str = PASSWORD, **values: Any) -> Person:
        nonlocal count
        count += 1
        email = email or f"person{count}@example.org"
        with app.app_context():
            parts = app.extensions["wiring"]
            user_id = users.create_user(
                db.session, parts.passwords, email=email, password=password, role=role, origin=OPERATOR, **values
            )
            tokens, _ = sessions.sign_in(
                db.session,
                parts.passwords,
                parts.attempts,
                parts.mfa_requirement,
                parts.issuer,
                parts.refresh_tokens,
                email=email,
                username=None,
                password=password,
                origin=OPERATOR,
                now=datetime.now(UTC),
            )
        return Person(user_id, email, password, tokens.access_token, tokens.refresh_token)

    return add


@pytest.fixture
def member(client: FlaskClient, add_person: Callable[..., Person]) -> Person:
    """A signed-in user named Ada."""
    return add_person(email="Ada@Example.org", username="ada", name="Ada Lovelace")


@pytest.fixture
def admin(client: FlaskClient, add_person: Callable[..., Person]) -> Person:
    """A signed-in admin."""
    return add_person("admin", email="admin@example.org", username="the.admin")


@pytest.fixture
def statements(client: FlaskClient, rolled_back: SQLAlchemy, app: Flask) -> Iterator[list[str]]:
    """The statements that the database is sent during the test, but those that open and close transactions."""
    with app.app_context():
        engine = rolled_back.engine
    with statements_run(engine) as run:
        yield run
