"""What is read of second factors; no answer of these holds a secret or a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, exists, func, select

from auth_service.mfa.challenges import MAXIMUM_ATTEMPTS
from auth_service.mfa.models import RecoveryCode, SignInChallenge, TotpCredential
from auth_service.mfa.totp import STEP_SECONDS
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


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of the second factor of a user, confirmed or not, without its secret."""
    last_used_at = func.to_timestamp(TotpCredential.last_used_step * STEP_SECONDS).label("last_used_at")
    held = select(TotpCredential.created_at, TotpCredential.confirmed_at, last_used_at)
    return held.where(TotpCredential.user_id == user_id).order_by(TotpCredential.created_at.desc())


def recovery_codes_held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of the recovery codes of a user, used ones too, without what would tell one from another."""
    held = select(RecoveryCode.created_at, RecoveryCode.used_at).where(RecoveryCode.user_id == user_id)
    return held.order_by(RecoveryCode.created_at.desc(), RecoveryCode.id.desc())


def challenges_held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all challenges of a user that are still stored, the newest first.

    The id is left out: it is the hash of what the client holds.
    """
    held = select(
        SignInChallenge.address,
        SignInChallenge.attempts,
        SignInChallenge.created_at,
        SignInChallenge.expires_at,
        SignInChallenge.ended_at,
    )
    newest_first = (SignInChallenge.created_at.desc(), SignInChallenge.id)
    return held.where(SignInChallenge.user_id == user_id).order_by(*newest_first)
