"""Adding an account event, in the transaction of what has happened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from auth_service.audit.origin import Origin
from auth_service.extensions import WORK_CHANNEL
from auth_service.outbox.models import AccountEvent
from servicekit.database import DatabaseSession
from servicekit.work_queue import wake


def record_event(
    session: DatabaseSession,
    kind: str,
    *,
    origin: Origin,
    user_id: int,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Have other services told that ``kind`` (see ``kinds``) happened to ``user_id``, without committing.

    The row of the user is new or locked until the commit: that alone makes the order of the events of an account the
    order in which they happened. ``payload`` leaves this service; it never holds an e-mail address or a secret.
    """
    session.execute(
        insert(AccountEvent.__table__).values(
            event_id=uuid.uuid4().hex,
            user_id=user_id,
            kind=kind,
            payload=dict(payload or {}),
            request_id=origin.request_id or None,
        )
    )
    wake(session, WORK_CHANNEL)
