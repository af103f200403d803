"""Which events are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from auth_service.audit.models import AuditEvent

EQUAL = {
    "user_id": AuditEvent.user_id,
    "actor_id": AuditEvent.actor_id,
    "address": AuditEvent.address,
    "session_id": AuditEvent.session_id,
    "request_id": AuditEvent.request_id,
}


def conditions_of(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded arguments ask for; all of them must hold."""
    conditions = [column == arguments[name] for name, column in EQUAL.items() if name in arguments]
    if "actions" in arguments:
        conditions.append(AuditEvent.action.in_(arguments["actions"]))
    if "occurred_from" in arguments:
        conditions.append(AuditEvent.occurred_at >= arguments["occurred_from"])
    if "occurred_to" in arguments:
        conditions.append(AuditEvent.occurred_at <= arguments["occurred_to"])
    return conditions


def about(user_id: int) -> ColumnElement[bool]:
    """Return the condition of the events that concern a user."""
    return AuditEvent.user_id == user_id
