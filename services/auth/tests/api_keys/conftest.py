"""What the tests of API keys share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from auth_service.api_keys.models import ApiKey
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

API_KEYS = "/api/v1/api-keys"
EXCHANGE = "/internal/api-key-exchange"


@pytest.fixture
def make_key(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    """Return a function that makes a key for a person and gives what the answer shows, the secret too."""

    def make(person: Any, **values: Any) -> dict[str, Any]:
        body = {"name": "importer", "scopes": ["books:read", "books:write"], **values}
        response = client.post(API_KEYS, json=body, headers=person.headers)
        assert response.status_code == 201, response.get_json()
        return response.get_json()["data"]

    return make


@pytest.fixture
def exchange(client: FlaskClient) -> Callable[..., Any]:
    """Return a function that asks as the gateway does, for a client at an address."""

    def ask(secret: str | None, address: str = "198.51.100.1", **headers: str) -> Any:
        named = {} if secret is None else {"X-API-Key": secret}
        return client.get(EXCHANGE, headers={**named, "X-Forwarded-For": address, **headers})

    return ask


@pytest.fixture
def alter(app: Flask) -> Callable[..., None]:
    """Return a function that sets columns of a key, such as times in the past, past every rule."""

    def set_columns(key: dict[str, Any], **values: Any) -> None:
        with app.app_context():
            db.session.execute(update(ApiKey.__table__).where(ApiKey.id == key["id"]).values(values))
            db.session.commit()

    return set_columns


@pytest.fixture
def recorded(app: Flask) -> Callable[..., list[AuditEvent]]:
    """Return a function that gives what the audit log holds of an action, the oldest first."""

    def events(action: str) -> list[AuditEvent]:
        with app.app_context():
            found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
            return list(db.session.scalars(found))

    return events


@pytest.fixture
def verify(app: Flask) -> Callable[[Any], Any]:
    """Return a function that gives whom the token of an exchange speaks for, as every service finds out."""
    return lambda response: app.extensions["token_verifier"].principal(response.headers["X-Access-Token"])
