"""What is read of the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from auth_service.audit.filters import about
from auth_service.audit.models import AuditEvent
from servicekit.cursors import CursorPage, CursorRequest, Walk
from servicekit.database import DatabaseSession

COLUMNS = (
    AuditEvent.id,
    AuditEvent.occurred_at,
    AuditEvent.action,
    AuditEvent.user_id,
    AuditEvent.actor_id,
    AuditEvent.session_id,
    AuditEvent.address,
    AuditEvent.user_agent,
    AuditEvent.request_id,
    AuditEvent.details,
)
# By time first, so that a time range is a part of the same index. Both keys are given when a row is inserted, and
# transactions commit in another order: what is committed when a walk begins is met once, for rows never change; what
# is committed later is met when the walk has not passed its place yet.
NEWEST_FIRST = Walk({"occurred_at": AuditEvent.occurred_at, "id": AuditEvent.id}, [("occurred_at", True)])


def list_events(
    session: DatabaseSession, conditions: Sequence[ColumnElement[bool]], request: CursorRequest
) -> CursorPage:
    """Return a page of the events that meet ``conditions``, the newest first.

    Raises:
        CursorInvalid: the cursor is none of this list.
    """
    return NEWEST_FIRST.read(session, select(*COLUMNS).where(*conditions), request)


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all events that concern a user, the newest first."""
    return select(*COLUMNS).where(about(user_id)).order_by(AuditEvent.occurred_at.desc(), AuditEvent.id.desc())
