"""Counting attempts to prove who one is, before they are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, and_, delete, func, or_, select, update

from auth_service.attempts.errors import TooManyAttempts
from auth_service.attempts.models import FailedAttempts
from auth_service.attempts.queries import concerning
from auth_service.attempts.rules import DelayRules
from auth_service.attempts.statements import COUNT_ATTEMPT, GIVE_BACK
from auth_service.attempts.subjects import (
    ACCOUNT,
    ACCOUNT_AT_ADDRESS,
    ADDRESS,
    CODE_CONFIRMATION,
    SECOND_FACTOR,
    Subject,
    Subjects,
)
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from servicekit.database import DatabaseSession
from servicekit.envelope import ApiError
from servicekit.pruning import delete_in_batches

# Each further try means that somebody else was blocked or let go between two steps of one statement.
TRIES = 5


@dataclass(frozen=True, slots=True)
class CountedAttempt:
    """What one counter says, this attempt included; it has set ``blocked_until`` itself."""

    kind: str
    subject_hash: str
    failures: float
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may be made and is counted as a failure until it is known to have succeeded.

    ``held_for`` is how long its account is closed to whoever comes from an address that the account does not know. The
    attempt is made all the same, so that neither work nor answer tell what an address is known for.
    """

    counted: tuple[CountedAttempt, ...]
    held_for: timedelta | None = None
    address_is_known: bool = False
    begun_blocks: tuple[str, ...] = ()

    @property
    def may_succeed(self) -> bool:
        """Whether the right secret is good enough."""
        return self.held_for is None or self.address_is_known

    def refusal(self, error: ApiError) -> ApiError:
        """Return what to raise when the attempt has failed: ``error``, or that the account is closed for now."""
        return error if self.held_for is None else TooManyAttempts(self.held_for)


class AttemptGuard:
    """Lets attempts be made, as many as the rules allow and no more, however many come at once.

    Args:
        subjects: tells what an attempt counts for.
        rules: how long who has to wait.
        known_for: how long after a sign-in its address is known to the account.
    """

    def __init__(self, subjects: Subjects, rules: DelayRules, *, known_for: timedelta) -> None:
        self.subjects = subjects
        self.rules = rules
        self.known_for = known_for

    def begin(self, session: DatabaseSession, subjects: Sequence[Subject], *, now: datetime) -> Attempt:
        """Count an attempt as failed for each of ``subjects`` and return it; then it may be made.

        It commits, so that everybody sees the count, and is called before anything else is changed.

        Raises:
            TooManyAttempts: one of the subjects has to wait; nothing was counted.
        """
        rules = [self.rules.of(subject.kind) for subject in subjects]
        values = {
            "subject_hashes": [subject.subject_hash for subject in subjects],
            "kinds": [subject.kind for subject in subjects],
            "user_ids": [subject.user_id for subject in subjects],
            "free": [rule.free for rule in rules],
            "most": [rule.most for rule in rules],
            "seconds_each": [rule.seconds_each for rule in rules],
            "first_seconds": [rule.first_seconds for rule in rules],
            "longest_seconds": [rule.longest_seconds for rule in rules],
            "holding_kind": ACCOUNT,
            "now": now,
        }
        for _ in range(TRIES):
            rows = session.execute(COUNT_ATTEMPT, values).all()
            held = {row.kind: row.blocked_until for row in rows if row.failures is None}
            if held.keys() - {ACCOUNT}:
                session.rollback()
                raise TooManyAttempts(max(held.values()) - now)
            if len(rows) == len(subjects):
                session.commit()
                return self._attempt(rows, held.get(ACCOUNT), now)
            session.rollback()
        raise TooManyAttempts(timedelta(seconds=rules[0].first_seconds))

    def succeeded(self, session: DatabaseSession, attempt: Attempt, *, now: datetime) -> None:
        """Give back what ``attempt`` was counted for, without committing; let it be the last before the commit.

        What failed before it for the same account at the same address was the owner's own mistake and goes with it.
        """
        failures = {counted.kind: counted.failures for counted in attempt.counted}
        given_back = {ACCOUNT: failures.get(ACCOUNT_AT_ADDRESS, 1.0), ADDRESS: 1.0}
        session.execute(
            GIVE_BACK,
            {
                "subject_hashes": [counted.subject_hash for counted in attempt.counted],
                "given_back": [given_back.get(counted.kind, math.inf) for counted in attempt.counted],
                "free": [self.rules.of(counted.kind).free for counted in attempt.counted],
                "blocked_until": [counted.blocked_until for counted in attempt.counted],
                "remembering_kind": ACCOUNT_AT_ADDRESS,
                "now": now,
            },
        )

    def failed(self, session: DatabaseSession, attempt: Attempt, *, origin: Origin, user_id: int | None) -> None:
        """Record, without committing, when ``attempt`` was the first after which somebody has to wait.

        It was counted when it began. What is refused during the wait is recorded nowhere, so that nobody can fill the
        audit log with it.
        """
        if attempt.begun_blocks:
            details = {"counters": list(attempt.begun_blocks)}
            record(session, actions.SIGN_IN_BLOCKED, origin=origin, user_id=user_id, details=details)

    def _attempt(self, rows: Sequence[Any], held_until: datetime | None, now: datetime) -> Attempt:
        counted = tuple(
            CountedAttempt(row.kind, row.subject_hash, row.failures, row.blocked_until)
            for row in rows
            if row.failures is not None
        )
        last_success = next((row.succeeded_at for row in rows if row.kind == ACCOUNT_AT_ADDRESS), None)
        return Attempt(
            counted,
            held_for=None if held_until is None else held_until - now,
            address_is_known=last_success is not None and last_success > now - self.known_for,
            begun_blocks=tuple(
                each.kind
                for each in counted
                if each.blocked_until is not None and each.failures <= self.rules.of(each.kind).free
            ),
        )


def clear_failed_attempts(
    session: DatabaseSession, *, user_id: int | None, subjects: Sequence[Subject] = (), origin: Origin
) -> int:
    """Forget every failure of an account, if ``user_id`` is one, and of ``subjects``; return of how many counters.

    Which addresses the account knows is kept.
    """
    clearing = update(FailedAttempts).values(
        failures=0, blocked_until=None, version=FailedAttempts.version + 1, updated_at=func.now()
    )
    cleared = _change_in_order(session, clearing, concerning(user_id, subjects))
    record(session, actions.FAILED_SIGN_INS_CLEARED, origin=origin, user_id=user_id, details={"counters": cleared})
    session.commit()
    return cleared


def forget_account(session: DatabaseSession, user_id: int) -> None:
    """Delete every counter of an account, whose row is locked, without committing."""
    _change_in_order(session, delete(FailedAttempts), concerning(user_id, ()))


def forget_passwords(session: DatabaseSession, user_id: int) -> None:
    """Delete the counters of an account, whose row is locked and whose password is new, without committing.

    Those of its second factor stay: whoever can set a new password must not guess codes any faster for it.
    """
    of_passwords = FailedAttempts.kind.not_in((SECOND_FACTOR, CODE_CONFIRMATION))
    _change_in_order(session, delete(FailedAttempts), and_(concerning(user_id, ()), of_passwords))


def prune_failed_attempts(session: DatabaseSession, guard: AttemptGuard, *, now: datetime) -> int:
    """Delete the counters that have nothing left to tell; return how many there were."""
    nothing_left = and_(
        FailedAttempts.counted_at < now - guard.rules.memory,
        or_(FailedAttempts.succeeded_at.is_(None), FailedAttempts.succeeded_at < now - guard.known_for),
    )
    return delete_in_batches(session, FailedAttempts.subject_hash, nothing_left)


def _change_in_order(session: DatabaseSession, change: Update | Delete, condition: ColumnElement[bool]) -> int:
    """Apply ``change`` to the rows of ``condition``, locked in the order of ``statements``; return their count."""
    order = (FailedAttempts.kind, FailedAttempts.subject_hash)
    locked = select(FailedAttempts.subject_hash).where(condition).order_by(*order).with_for_update().cte("locked")
    changing = change.where(FailedAttempts.subject_hash.in_(select(locked.c.subject_hash)))
    result = session.execute(changing, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
