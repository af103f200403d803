"""Reading versions, and what makes some."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.accounts.operations import apply_event
from books_service.extensions import db
from servicekit.testing.tokens import TokenFactory

Versions = Callable[..., list[dict[str, Any]]]


@pytest.fixture(name="versions")
def _versions(client: FlaskClient) -> Versions:
    """Return a function that gives all versions of what is at an address, the newest first."""

    def read(address: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = client.get(f"{address}/revisions?per_page=100", headers=headers)
        assert answer.status_code == 200, answer.get_json()
        versions: list[dict[str, Any]] = answer.get_json()["data"]
        return versions

    return read


@pytest.fixture(name="delete_account")
def _delete_account(app: Flask) -> Callable[[int], None]:
    """Return a function that ends an account."""

    def delete(user_id: int) -> None:
        event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
        with app.app_context():
            assert apply_event(db.session, event) == APPLIED

    return delete


@pytest.fixture(name="review")
def _review(client: FlaskClient, tokens: TokenFactory) -> Callable[..., dict[str, Any]]:
    """Return a function that has a user review a book, ``review(book_id, user_id, rating)``, and gives the review."""

    def post(book_id: int, user_id: int, rating: int = 4) -> dict[str, Any]:
        url, headers = f"/api/v1/books/{book_id}/reviews", tokens.headers(user_id)
        written: dict[str, Any] = client.post(url, json={"rating": rating}, headers=headers).get_json()["data"]
        return written

    return post


@pytest.fixture(name="put_on_list")
def _put_on_list(client: FlaskClient, tokens: TokenFactory) -> Callable[..., dict[str, Any]]:
    """Return a function that puts a book on a user's reading list and gives the entry."""

    def post(book_id: int, user_id: int, **members: Any) -> dict[str, Any]:
        body, headers = {"book_id": book_id, **members}, tokens.headers(user_id)
        written: dict[str, Any] = client.post("/api/v1/reading-list", json=body, headers=headers).get_json()["data"]
        return written

    return post


@pytest.fixture(name="send_cover")
def _send_cover(client: FlaskClient, member: dict[str, str]) -> Callable[[str, str], dict[str, Any]]:
    """Return a function that gives the book at an address a cover of one colour, and gives that cover."""

    def put(address: str, colour: str) -> dict[str, Any]:
        image = io.BytesIO()
        Image.new("RGB", (2, 3), colour).save(image, "PNG")
        send = {"data": image.getvalue(), "content_type": "image/png", "headers": member}
        cover: dict[str, Any] = client.put(f"{address}/cover", **send).get_json()["data"]
        return cover

    return put
