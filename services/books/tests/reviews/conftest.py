"""Reviews as members write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from servicekit.testing.tokens import TokenFactory


@pytest.fixture(name="review")
def _review(client: FlaskClient, tokens: TokenFactory) -> Callable[..., dict[str, Any]]:
    """Return a function that has a user review a book, ``review(book_id, user_id, rating, text)``, and gives it."""

    def post(book_id: int, user_id: int = 1, rating: int = 4, text: str | None = None) -> dict[str, Any]:
        answer = client.post(
            f"/api/v1/books/{book_id}/reviews",
            json={"rating": rating, "text": text},
            headers=tokens.headers(user_id),
        )
        assert answer.status_code == 201, answer.get_json()
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    return post


@pytest.fixture(name="figures")
def _figures(client: FlaskClient) -> Callable[[int], tuple[int, float | None]]:
    """Return a function that gives count and average of the reviews that a book shows."""

    def shown(book_id: int) -> tuple[int, float | None]:
        reviews = client.get(f"/api/v1/books/{book_id}").get_json()["data"]["reviews"]
        return reviews["count"], reviews["average"]

    return shown
