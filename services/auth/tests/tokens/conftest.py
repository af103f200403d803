"""What the tests of tokens do behind the back of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Executable

from auth_service.extensions import db


@pytest.fixture
def change(app: Flask, client: FlaskClient) -> Callable[[Executable], None]:
    """Return a function that runs a statement that changes rows."""

    def run(statement: Executable) -> None:
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return run


@pytest.fixture
def rows(app: Flask, client: FlaskClient) -> Callable[[Executable], list[Any]]:
    """Return a function that gives the rows of a query."""

    def read(query: Executable) -> list[Any]:
        with app.app_context():
            return list(db.session.execute(query).all())

    return read


@pytest.fixture
def exchange(client: FlaskClient) -> Callable[..., tuple[dict[str, Any], str]]:
    """Return a function that makes an API key for a person and gives it with the token that it is exchanged for."""

    def make(person: Any, *scopes: str) -> tuple[dict[str, Any], str]:
        new = {"name": "reader", "scopes": list(scopes)}
        key = client.post("/api/v1/api-keys", json=new, headers=person.headers).get_json()["data"]
        answer = client.get("/internal/api-key-exchange", headers={"X-API-Key": key["secret"]})
        return key, answer.headers["X-Access-Token"]

    return make
