"""Whether a work that a book is to belong to exists, and goes on to while the book is stored."""

from __future__ import annotations

from sqlalchemy import select

from books_service.works.errors import WorkUnknown
from books_service.works.models import Work
from servicekit.database import DatabaseSession


def hold_work(session: DatabaseSession, work_id: int) -> None:
    """Keep a work from being deleted until the transaction ends.

    Callers lock works before books, as deleting a work does, so that nobody waits in a circle.

    Raises:
        WorkUnknown: there is no such work.
    """
    if held_work(session, work_id) is None:
        raise WorkUnknown


def held_work(session: DatabaseSession, work_id: int) -> int | None:
    """Return ``work_id``, kept as by ``hold_work``, or None when there is no such work any longer."""
    held = select(Work.id).where(Work.id == work_id).with_for_update(read=True, key_share=True)
    return session.execute(held).scalar_one_or_none()
