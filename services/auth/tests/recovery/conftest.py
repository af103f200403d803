"""What was mailed, and an installation with other settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.mails.models import Mail
from auth_service.recovery import operations


@pytest.fixture
def configure(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that changes how the installation writes mails about accounts."""

    def change(**changes: Any) -> None:
        parts = app.extensions["wiring"]
        changed = replace(parts, account_mails=replace(parts.account_mails, **changes))
        monkeypatch.setitem(app.extensions, "wiring", changed)

    return change


@pytest.fixture
def answer_requests(app: Flask) -> Callable[[], int]:
    """Return a function that does what the worker does with requests for mails, and tells how many there were."""

    def answer() -> int:
        count = 0
        with app.app_context():
            mails = app.extensions["wiring"].account_mails
            due = datetime.now(UTC) + operations.ANSWERED_AFTER
            while operations.answer_next_request(db.session, mails, now=due):
                count += 1
        return count

    return answer


@pytest.fixture
def mailed(app: Flask) -> Callable[..., list[Any]]:
    """Return a function that gives the mails queued so far, the newest first, of one kind if wanted."""

    def mails(kind: str | None = None) -> list[Any]:
        with app.app_context():
            query = select(Mail.__table__).order_by(Mail.id.desc())
            return list(db.session.execute(query if kind is None else query.where(Mail.kind == kind)))

    return mails


@pytest.fixture
def token_of(mailed: Callable[..., list[Any]]) -> Callable[[str], str]:
    """Return a function that gives the token in the newest mail of a kind."""

    def token(kind: str) -> str:
        found = re.search(r"/account/#[a-z]+=([\w-]{43})$", mailed(kind)[0].text, re.MULTILINE)
        assert found is not None
        return found[1]

    return token
