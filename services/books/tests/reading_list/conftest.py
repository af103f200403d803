"""Reading lists as members keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from servicekit.testing.tokens import TokenFactory


@pytest.fixture(name="put_on_list")
def _put_on_list(client: FlaskClient, tokens: TokenFactory) -> Callable[..., dict[str, Any]]:
    """Return a function that lists a book for a user, ``put_on_list(book_id, user_id, **members)``, and gives that."""

    def post(book_id: int, user_id: int = 1, **members: Any) -> dict[str, Any]:
        body = {"book_id": book_id, **members}
        answer = client.post("/api/v1/reading-list", json=body, headers=tokens.headers(user_id))
        assert answer.status_code == 201, answer.get_json()
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    return post
