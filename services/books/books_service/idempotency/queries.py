"""Reading kept answers."""

from __future__ import annotations

from sqlalchemy import RowMapping, func, select

from books_service.idempotency.models import IdempotencyKey
from servicekit.database import DatabaseSession


def find_kept_answer(session: DatabaseSession, user_id: int, key: str) -> RowMapping | None:
    """Return fingerprint, status, headers and body of what ``user_id`` was answered under ``key`` and still counts."""
    table = IdempotencyKey.__table__
    statement = select(table.c.fingerprint, table.c.status, table.c.headers, table.c.body).where(
        table.c.user_id == user_id, table.c.key == key, table.c.expires_at > func.now()
    )
    return session.execute(statement).mappings().one_or_none()
