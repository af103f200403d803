"""Attempts as the operations make them, at a time that the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from auth_service.attempts.errors import TooManyAttempts
from auth_service.attempts.models import FailedAttempts
from auth_service.attempts.operations import Attempt, AttemptGuard
from auth_service.config import AuthConfig
from auth_service.extensions import db
from auth_service.wiring import wire
from servicekit import env

HOME = "192.0.2.1"


class Tries:
    """Signs in and says what came of it; times are seconds after ``began``."""

    began = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __init__(self, guard: AttemptGuard) -> None:
        self.guard = guard

    def at(self, seconds: float) -> datetime:
        """Return the time ``seconds`` after the test began."""
        return self.began + timedelta(seconds=seconds)

    def begin(self, seconds: float = 0, name: str = "ada", address: str | None = HOME) -> Attempt:
        """Begin to sign in and return the attempt; TooManyAttempts is raised."""
        subjects = self.guard.subjects.of_sign_in(("username", name), address=address, user_id=None)
        return self.guard.begin(db.session, subjects, now=self.at(seconds))

    def fail(self, seconds: float = 0, **where: Any) -> int:
        """Fail to sign in; return 0, or the seconds to wait before it is any use."""
        try:
            attempt = self.begin(seconds, **where)
        except TooManyAttempts as error:
            return int(error.headers["Retry-After"])
        return 0 if attempt.held_for is None else int(TooManyAttempts(attempt.held_for).headers["Retry-After"])

    def delay(self, seconds: float = 0, **where: Any) -> float:
        """Fail to sign in, which must be possible; return the seconds that whoever fails there next has to wait."""
        attempt = self.begin(seconds, **where)
        ends = [counted.blocked_until for counted in attempt.counted if counted.blocked_until is not None]
        return max([0.0, *((end - self.at(seconds)).total_seconds() for end in ends)])

    def succeed(self, seconds: float = 0, **where: Any) -> bool:
        """Sign in and return True, or False when the right password is not good enough; TooManyAttempts is raised."""
        attempt = self.begin(seconds, **where)
        if attempt.may_succeed:
            self.guard.succeeded(db.session, attempt, now=self.at(seconds))
            db.session.commit()
        return attempt.may_succeed

    def until_blocked(self, seconds: float = 0, **where: Any) -> int:
        """Fail at one moment until somebody has to wait; return how often."""
        count = 0
        while not self.fail(seconds, **where):
            count += 1
        return count


@pytest.fixture(name="make_guard")
def _make_guard(app: Flask, service_environment: Callable[..., dict[str, str]]) -> Callable[..., AttemptGuard]:
    """Return a function that makes the guard of an installation that sets only what is given."""

    def make(**settings: str) -> AttemptGuard:
        environment = {**service_environment("auth"), "AUTH_SECRET_KEY": "k" * 32, **settings}
        config = env.load(AuthConfig, environment)
        return wire(config, app.extensions["key_ring"], app.extensions["revocations"]).attempts

    return make


@pytest.fixture(name="tries")
def _tries(app: Flask, rolled_back: Any, make_guard: Callable[..., AttemptGuard]) -> Iterator[Tries]:
    with app.app_context():
        yield Tries(make_guard())


@pytest.fixture
def counters(tries: Tries) -> Callable[[], dict[str, Any]]:
    """Return a function that gives the stored failures by kind, for tests with one subject of each."""
    columns = (FailedAttempts.kind, FailedAttempts.failures)
    return lambda: dict(iter(db.session.execute(select(*columns))))
