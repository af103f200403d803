"""Adding to the audit log, in the transaction of what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, Executable, insert, literal, select

from auth_service.audit.models import AuditEvent
from auth_service.audit.origin import Origin
from servicekit.database import DatabaseSession


def record(
    session: DatabaseSession,
    action: str,
    *,
    origin: Origin,
    user_id: int | None,
    actor_id: int | None = None,
    session_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record ``action`` (see ``actions``), which concerns ``user_id``, without committing.

    ``actor_id`` and ``session_id`` are those of ``origin`` unless given. ``details`` is stored as JSON; it never holds
    a password, token or code.
    """
    values = _values(action, origin, user_id, actor_id, session_id, details)
    session.execute(insert(AuditEvent.__table__).values(values))


def recording_of_each(
    rows: CTE,
    action: str,
    *,
    origin: Origin,
    user_id: int | None,
    actor_id: int | None = None,
    session_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Executable:
    """Return the statement that records ``action`` for each of ``rows``, such as those that it changes itself.

    With it an act and its record are one even where each statement is a transaction. The arguments are those of
    ``record``.
    """
    table = AuditEvent.__table__
    values = _values(action, origin, user_id, actor_id, session_id, details)
    selected = select(*(literal(value, table.c[name].type) for name, value in values.items())).select_from(rows)
    return insert(table).from_select(list(values), selected)


def _values(
    action: str,
    origin: Origin,
    user_id: int | None,
    actor_id: int | None,
    session_id: str | None,
    details: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        "action": action,
        "user_id": user_id,
        "actor_id": origin.user_id if actor_id is None else actor_id,
        "session_id": origin.session_id if session_id is None else session_id,
        "address": origin.address,
        "user_agent": origin.user_agent,
        "request_id": origin.request_id,
        "details": dict(details or {}),
    }
