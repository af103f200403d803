"""Requests under an Idempotency-Key, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from books_service.extensions import db
from books_service.idempotency.models import IdempotencyKey

BOOKS = "/api/v1/books"


@pytest.fixture(name="post")
def _post(client: FlaskClient, member: dict[str, str]) -> Callable[..., Any]:
    """Return a function that posts under a key, as user 1 unless headers say otherwise; members are the body."""

    def post(key: str, url: str = BOOKS, headers: dict[str, str] | None = None, **body: Any) -> Any:
        return client.post(url, json=body or {"title": "It"}, headers={**(headers or member), "Idempotency-Key": key})

    return post


@pytest.fixture(name="titles")
def _titles(client: FlaskClient) -> Callable[[], list[str]]:
    """Return a function that gives the titles of all books, sorted."""

    def titles() -> list[str]:
        return sorted(book["title"] for book in client.get(f"{BOOKS}?per_page=100").get_json()["data"])

    return titles


@pytest.fixture(name="keys")
def _keys(app: Any) -> Callable[[], list[tuple[int, str]]]:
    """Return a function that gives the users and keys that are stored."""

    def keys() -> list[tuple[int, str]]:
        with app.app_context():
            rows = db.session.execute(select(IdempotencyKey.user_id, IdempotencyKey.key)).all()
        return sorted((row.user_id, row.key) for row in rows)

    return keys
