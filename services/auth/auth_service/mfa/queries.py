"""What is read of second factors; no answer of these holds a secret or a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, exists, func, select

from auth_service.mfa.challenges import MAXIMUM_ATTEMPTS
from auth_service.mfa.models import RecoveryCode, SignInChallenge, TotpCredential
from servicekit.database import DatabaseSession


def has_second_factor(session: DatabaseSession, user_id: int) -> bool:
    """Return whether the user has a second factor that counts."""
    confirmed = exists().where(TotpCredential.user_id == user_id, TotpCredential.confirmed_at.is_not(None))
    return bool(session.scalar(select(confirmed)))


def get_state(session: DatabaseSession, user_id: int) -> RowMapping:
    """Return since when the user has a second factor, None when there is none, and the count of codes left."""
    confirmed_at = select(TotpCredential.confirmed_at).where(TotpCredential.user_id == user_id).scalar_subquery()
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    left = select(func.count()).select_from(RecoveryCode).where(*unused).scalar_subquery()
    query = select(confirmed_at.label("confirmed_at"), left.label("recovery_codes_left"))
    return session.execute(query).mappings().one()


def find_user_id_of_challenge(session: DatabaseSession, challenge_id: str, *, now: datetime) -> int | None:
    """Return whose sign-in a challenge belongs to, None when it is unknown, over, used up or void."""
    waiting = (
        SignInChallenge.ended_at.is_(None),
        SignInChallenge.expires_at > now,
        SignInChallenge.attempts < MAXIMUM_ATTEMPTS,
    )
    return session.scalar(select(SignInChallenge.user_id).where(SignInChallenge.id == challenge_id, *waiting))
