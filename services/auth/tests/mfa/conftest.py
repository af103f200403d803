"""People with an authenticator app."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from auth_service.extensions import db
from auth_service.mfa.models import TotpCredential
from auth_service.mfa.requirement import MfaRequirement

STEP_SECONDS = 30


@dataclass
class Authenticator:
    """An app that knows one secret and never shows a code twice.

    The code after the current one is right too, so it has two of them before anybody must wait.
    """

    secret: str
    last_step: int = 0

    def code(self) -> str:
        """Return a code that was not shown before."""
        self.last_step = max(self.last_step + 1, int(time.time()) // STEP_SECONDS)
        return pyotp.TOTP(self.secret).generate_otp(self.last_step)

    def wrong_code(self) -> str:
        """Return six digits that are no code of these minutes."""
        now = int(time.time()) // STEP_SECONDS
        right = {pyotp.TOTP(self.secret).generate_otp(step) for step in range(now - 5, now + 6)}
        return next(code for code in ("000000", *(f"{n:06}" for n in range(1, 20))) if code not in right)


@dataclass
class Guarded:
    """Somebody who signs in with a second factor."""

    id: int
    email: str
    password: str
    headers: dict[str, str]
    authenticator: Authenticator
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def name_and_password(self) -> dict[str, str]:
        """The body of a login."""
        return {"email": self.email, "password": self.password}


@pytest.fixture
def enrol(app: Flask) -> Callable[..., Guarded]:
    """Return a function that gives a signed-in person a second factor."""

    def enrol(person) -> Guarded:
        client = app.test_client()
        begun = client.post("/api/v1/auth/mfa/totp", json={"current_password": person.password}, headers=person.headers)
        assert begun.status_code == 201, begun.get_json()
        authenticator = Authenticator(begun.get_json()["data"]["secret"])
        confirmed = client.post(
            "/api/v1/auth/mfa/totp/confirm", json={"code": authenticator.code()}, headers=person.headers
        )
        assert confirmed.status_code == 200, confirmed.get_json()
        codes = confirmed.get_json()["data"]["recovery_codes"]
        return Guarded(person.id, person.email, person.password, person.headers, authenticator, codes)

    return enrol


@pytest.fixture
def guarded(member, enrol: Callable[..., Guarded]) -> Guarded:
    """Ada, with a second factor."""
    return enrol(member)


@pytest.fixture
def challenge_of(client: FlaskClient) -> Callable[..., str]:
    """Return a function that gives the challenge of a new sign-in of somebody."""

    def challenge_of(person) -> str:
        body = {"email": person.email, "password": person.password}
        response = client.post("/api/v1/auth/login", json=body)
        assert response.status_code == 200, response.get_json()
        token: str = response.get_json()["data"]["challenge"]
        return token

    return challenge_of


@pytest.fixture
def challenge(guarded: Guarded, challenge_of: Callable[..., str]) -> str:
    """The challenge of a sign-in of Ada."""
    return challenge_of(guarded)


@pytest.fixture
def authenticator_of() -> Callable[..., Authenticator]:
    """Return a function that gives an app the secret that was answered."""
    return lambda response: Authenticator(response.get_json()["data"]["secret"])


@pytest.fixture
def forget_steps(app: Flask) -> Callable[[Guarded], None]:
    """Return a function that lets all codes of the moment be right once more, as if time had passed."""

    def forget(person: Guarded) -> None:
        with app.app_context():
            db.session.execute(
                update(TotpCredential).where(TotpCredential.user_id == person.id).values(last_used_step=None)
            )
            db.session.commit()
        person.authenticator.last_step = 0

    return forget


@pytest.fixture
def require_factor_of(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes roles need a second factor during the test, as the setting does."""

    def require(*roles: str) -> None:
        wiring = dataclasses.replace(app.extensions["wiring"], mfa_requirement=MfaRequirement(frozenset(roles)))
        monkeypatch.setitem(app.extensions, "wiring", wiring)

    return require
