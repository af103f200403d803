"""Challenges: what a client holds between the right password and the second factor."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, update

from auth_service.audit.origin import Origin
from auth_service.mfa.models import SignInChallenge
from servicekit.database import DatabaseSession

RANDOM_BYTES = 32
MAXIMUM_CHARACTERS = 128
LIFE = timedelta(minutes=5)
MAXIMUM_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """What the client answers together with a code."""

    token: str = field(repr=False)


def open_challenge(session: DatabaseSession, user: RowMapping, *, origin: Origin, now: datetime) -> IssuedChallenge:
    """Return a new challenge for ``user``, whose password was right and whose row is locked, without committing."""
    token = secrets.token_urlsafe(RANDOM_BYTES)
    session.add(
        SignInChallenge(
            id=hash_of_challenge(token),
            user_id=user["id"],
            epoch=user["token_epoch"],
            created_at=now,
            expires_at=now + LIFE,
            address=origin.address,
        )
    )
    return IssuedChallenge(token)


def void_challenges(session: DatabaseSession, user_id: int, *, now: datetime) -> None:
    """End every sign-in of a user that waits for the second factor, without committing."""
    # Those that are over are left to the pruning, which locks in another order.
    waiting = (SignInChallenge.ended_at.is_(None), SignInChallenge.expires_at > now)
    session.execute(
        update(SignInChallenge)
        .where(SignInChallenge.user_id == user_id, *waiting)
        .values(ended_at=now, version=SignInChallenge.version + 1)
        .execution_options(synchronize_session=False)
    )


def is_open(challenge: SignInChallenge, user: RowMapping, *, now: datetime) -> bool:
    """Return whether ``user`` may still answer ``challenge``; both rows are locked."""
    return (
        challenge.ended_at is None
        and challenge.expires_at > now
        and challenge.attempts < MAXIMUM_ATTEMPTS
        and challenge.epoch == user["token_epoch"]
        and user["disabled_at"] is None
    )


def hash_of_challenge(token: str) -> str:
    """Return what is stored of ``token``; a quick hash is enough for something that cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
