"""What takes events out of the audit log; ``recording`` puts them in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select

from auth_service.audit import actions
from auth_service.audit.errors import PruningNotAllowed
from auth_service.audit.models import AuditEvent
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from servicekit.database import DatabaseSession
from servicekit.pruning import delete_in_batches


def prune_events(session: DatabaseSession, *, before: datetime, origin: Origin) -> int:
    """Delete the events that are older than ``before``, in batches that are committed; return how many.

    That it is done is recorded together with the first batch, so that no event is missing without a word.

    Raises:
        PruningNotAllowed: the database role is that of the service, which only adds.
    """
    if not session.scalar(select(func.has_table_privilege(AuditEvent.__table__.fullname, "DELETE"))):
        raise PruningNotAllowed
    old = AuditEvent.occurred_at < before
    if not session.scalar(select(exists().where(old))):
        return 0
    record(session, actions.AUDIT_PRUNED, origin=origin, user_id=None, details={"before": before.isoformat()})
    return delete_in_batches(session, AuditEvent.id, old)
