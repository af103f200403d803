"""What is read of mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, case, func, select

from auth_service.mails.models import Mail
from servicekit.database import DatabaseSession

STATE = case(
    (Mail.failed_at.is_not(None), "given up"),
    (Mail.done_at.is_not(None), "sent"),
    (Mail.last_error.is_not(None), "put off"),
    else_="waiting",
).label("state")
COLUMNS = (
    Mail.id,
    STATE,
    Mail.kind,
    Mail.recipient,
    Mail.subject,
    Mail.created_at,
    Mail.due_at,
    Mail.done_at,
    Mail.expires_at,
    Mail.attempts,
    Mail.last_error,
)


def list_mails(session: DatabaseSession, *, limit: int, undone: bool = False) -> Sequence[RowMapping]:
    """Return the latest ``limit`` mails without their texts, the newest first; only ``undone`` ones if wanted."""
    query = select(*COLUMNS).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)
    if undone:
        query = query.where(Mail.done_at.is_(None))
    return session.execute(query).mappings().all()


def find_mail(session: DatabaseSession, mail_id: int) -> RowMapping | None:
    """Return a mail with its texts, or None."""
    return session.execute(select(*COLUMNS, Mail.text, Mail.html).where(Mail.id == mail_id)).mappings().one_or_none()


def count_undone_mails(session: DatabaseSession) -> int:
    """Return how many mails are neither sent nor given up."""
    return session.scalar(select(func.count()).where(Mail.done_at.is_(None))) or 0


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all mails to a user that are still stored, the newest first.

    What they say is left out: it may hold a link that proves the mailbox to whoever has it.
    """
    shown = (Mail.id, Mail.kind, Mail.recipient, Mail.subject, Mail.created_at, Mail.done_at, Mail.failed_at)
    return select(*shown).where(Mail.user_id == user_id).order_by(Mail.created_at.desc(), Mail.id.desc())
