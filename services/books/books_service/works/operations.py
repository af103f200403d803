"""Changing works. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from books_service.accounts.presence import hold_account
from books_service.folding import sort_key
from books_service.works.editions import release_editions
from books_service.works.errors import WorkNotFound
from books_service.works.models import Work
from servicekit.database import BeforeCommit, DatabaseSession, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate


def create_work(
    session: DatabaseSession, values: dict[str, Any], *, before_commit: BeforeCommit[int] = just_commit
) -> int:
    """Store a new work, which has no editions yet, and return its id."""
    work = Work(**values, title_key=sort_key(values["title"]))
    session.add(work)
    session.flush()
    work_id: int = work.id
    before_commit(work_id)
    session.commit()
    return work_id


def update_work(session: DatabaseSession, work_id: int, values: dict[str, Any], *, if_match: IfMatch) -> None:
    """Change the members of a work that ``values`` holds. What stays the same makes no new version.

    Raises:
        NothingToUpdate: ``values`` is empty.
        WorkNotFound: there is no such work.
        PreconditionFailed: ``if_match`` names another version of the work.
    """
    work = session.get(Work, work_id, with_for_update=True)
    if work is None:
        raise WorkNotFound
    if not values:
        raise NothingToUpdate
    if_match.check(work.version)
    work.title, work.title_key = values["title"], sort_key(values["title"])
    session.commit()


def delete_work(session: DatabaseSession, user_id: int, work_id: int, *, if_match: IfMatch) -> None:
    """Remove a work; its editions stay and belong to none.

    Raises:
        WorkNotFound: there is no such work.
        PreconditionFailed: ``if_match`` names another version of the work.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    version = session.execute(select(Work.version).where(Work.id == work_id).with_for_update()).scalar_one_or_none()
    if version is None:
        raise WorkNotFound
    if_match.check(version)
    release_editions(session, user_id, work_id)
    session.execute(delete(Work).where(Work.id == work_id))
    session.commit()
