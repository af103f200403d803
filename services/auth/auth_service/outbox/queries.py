"""What is read of account events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from auth_service.outbox.models import AccountEvent


def held_about(user_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of all events of an account that are still stored, the newest first."""
    shown = (AccountEvent.id, AccountEvent.kind, AccountEvent.payload, AccountEvent.created_at, AccountEvent.done_at)
    return select(*shown).where(AccountEvent.user_id == user_id).order_by(AccountEvent.id.desc())
