"""Account events as auth sends them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Row, select

from books_service.accounts.models import Account
from books_service.extensions import db
from servicekit.testing.tokens import TokenFactory

URL = "/internal/account-events"


@pytest.fixture(name="event")
def _event() -> Callable[..., dict[str, Any]]:
    """Return a function that makes an event; each has a sequence above the one before unless told otherwise."""
    sequences = itertools.count(100)

    def make(kind: str = "account_renamed", user_id: int = 1, **members: Any) -> dict[str, Any]:
        return {
            "event_id": uuid.uuid4().hex,
            "sequence": next(sequences),
            "user_id": user_id,
            "kind": kind,
            "payload": {"display_name": "Ada"} if kind == "account_renamed" else {},
            "occurred_at": "2026-11-20T12:00:00+00:00",
            **members,
        }

    return make


@pytest.fixture
def auth_service(tokens: TokenFactory) -> dict[str, str]:
    """The headers of auth when it calls."""
    return {"Authorization": f"Bearer {tokens.service_token()}"}


@pytest.fixture(name="send")
def _send(client: FlaskClient, auth_service: dict[str, str]) -> Callable[..., tuple[int, str]]:
    """Return a function that sends an event and gives status and outcome, or the code of the failure."""

    def send(event: dict[str, Any]) -> tuple[int, str]:
        answer = client.post(URL, json=event, headers=auth_service)
        body = answer.get_json()
        return answer.status_code, body["data"]["outcome"] if body["success"] else body["error"]["code"]

    return send


@pytest.fixture(name="account")
def _account(app: Any) -> Callable[..., Row[Any] | None]:
    """Return a function that gives the row of an account."""

    def row(user_id: int = 1) -> Row[Any] | None:
        with app.app_context():
            return db.session.execute(select(Account.__table__).where(Account.user_id == user_id)).one_or_none()

    return row
