"""What is read of failed attempts; no row says which name or address it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, case, extract, func, literal, or_, select

from auth_service.attempts.models import FailedAttempts
from auth_service.attempts.rules import DelayRules
from auth_service.attempts.subjects import Subject
from auth_service.users.models import User
from servicekit.database import DatabaseSession
from servicekit.pagination import Page, PageRequest

# Less than this of a failure is what rounding leaves.
NEARLY_NOTHING = 0.001


def list_failures_of_user(
    session: DatabaseSession, rules: DelayRules, user_id: int, request: PageRequest, *, now: datetime
) -> Page:
    """Return a page of the counters of an account that are not at nothing, the one blocked longest first.

    Each has ``counter`` (its kind), ``failures`` (those not forgotten, rounded up), ``blocked_until`` (None when
    nobody has to wait) and ``last_attempt_at``.
    """
    counters = _counters(rules, now).where(FailedAttempts.user_id == user_id)
    total = session.scalar(select(func.count()).select_from(counters.subquery())) or 0
    rows = session.execute(_in_order(counters).limit(request.per_page).offset(request.offset)).mappings().all()
    return Page(rows, request, total)


def list_failures(
    session: DatabaseSession,
    rules: DelayRules,
    *,
    now: datetime,
    limit: int,
    user_id: int | None = None,
    subjects: Sequence[Subject] | None = None,
) -> Sequence[RowMapping]:
    """Return up to ``limit`` counters as ``list_failures_of_user`` does, with ``email`` and ``subject_hash``.

    With ``user_id`` or ``subjects`` only those of this account and of these subjects.
    """
    counters = _counters(rules, now).add_columns(User.email, FailedAttempts.subject_hash)
    counters = counters.outerjoin(User, User.id == FailedAttempts.user_id)
    if subjects is not None:
        counters = counters.where(concerning(user_id, subjects))
    return session.execute(_in_order(counters).limit(limit)).mappings().all()


def concerning(user_id: int | None, subjects: Sequence[Subject]) -> ColumnElement[bool]:
    """Return the condition of the counters of an account, if ``user_id`` is one, and of ``subjects``."""
    of_subjects = FailedAttempts.subject_hash.in_([subject.subject_hash for subject in subjects])
    return of_subjects if user_id is None else or_(of_subjects, FailedAttempts.user_id == user_id)


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all counters of an account as they are stored, the one counted last first."""
    held = select(
        FailedAttempts.kind.label("counter"),
        FailedAttempts.failures,
        FailedAttempts.blocked_until,
        FailedAttempts.counted_at.label("last_attempt_at"),
        FailedAttempts.succeeded_at.label("last_success_at"),
    )
    latest_first = (FailedAttempts.counted_at.desc(), FailedAttempts.subject_hash)
    return held.where(FailedAttempts.user_id == user_id).order_by(*latest_first)


def _counters(rules: DelayRules, now: datetime) -> Select[Any]:
    seconds_each = case(
        {kind: rule.seconds_each for kind, rule in rules.by_kind.items()},
        value=FailedAttempts.kind,
        else_=rules.other.seconds_each,
    )
    seconds = func.greatest(0, extract("epoch", literal(now) - FailedAttempts.counted_at))
    left: ColumnElement[float] = FailedAttempts.failures - seconds / seconds_each - NEARLY_NOTHING
    return select(
        FailedAttempts.kind.label("counter"),
        func.ceil(left).label("failures"),
        case((FailedAttempts.blocked_until > now, FailedAttempts.blocked_until)).label("blocked_until"),
        FailedAttempts.counted_at.label("last_attempt_at"),
    ).where(or_(left > 0, FailedAttempts.blocked_until > now))


def _in_order(counters: Select[Any]) -> Select[Any]:
    return counters.order_by(
        FailedAttempts.blocked_until.desc().nulls_last(), FailedAttempts.counted_at.desc(), FailedAttempts.subject_hash
    )
