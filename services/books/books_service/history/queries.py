"""Reading versions: those that are kept and the present one as one list, and what is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, exists, select, union_all

from books_service.history.errors import RevisionNotFound
from books_service.history.models import Deletion, Revision
from books_service.history.snapshots import REVISION_COLUMNS, Entity
from servicekit.cursors import CursorPage, CursorRequest, Walk
from servicekit.database import DatabaseSession

LIVING, DELETED = "living", "deleted"
_KEPT = [Revision.__table__.c[name] for name in REVISION_COLUMNS]


def get_state(session: DatabaseSession, entity: Entity, entity_id: int) -> str:
    """Return LIVING or DELETED.

    Raises:
        ApiError: ``entity.not_found`` when there never was one with this id.
    """
    table = entity.table
    living, deleted = session.execute(
        select(
            exists().where(table.c.id == entity_id),
            exists().where(Deletion.entity == entity.name, Deletion.entity_id == entity_id),
        )
    ).one()
    if not living and not deleted:
        raise entity.not_found
    return LIVING if living else DELETED


def list_revisions(session: DatabaseSession, entity: Entity, entity_id: int, request: CursorRequest) -> CursorPage:
    """Return a page of the versions that are known, the newest first, as rows of ``get_revision``.

    Raises:
        CursorInvalid: the cursor is none of this list.
    """
    versions = _versions(entity, entity_id)
    page = Walk({"id": versions.c.number}, [("id", True)]).read(session, select(versions), request)
    rows = list(page.items)
    if rows and page.next_cursor is not None:
        # What the last one of the page differs from stands on the next.
        following = session.execute(select(versions).where(versions.c.number == rows[-1]["number"] - 1))
        rows += [dict(row) for row in following.mappings()]
    return CursorPage(_with_predecessors(rows)[: len(page.items)], page.request, page.next_cursor)


def get_revision(session: DatabaseSession, entity: Entity, entity_id: int, number: int) -> dict[str, Any]:
    """Return the columns of a version and ``before``, the snapshot of the version before it; None when none is known.

    Raises:
        RevisionNotFound: when this version is not known.
    """
    versions = _versions(entity, entity_id)
    query = select(versions).where(versions.c.number.in_([number, number - 1])).order_by(versions.c.number.desc())
    rows = [dict(row) for row in session.execute(query).mappings()]
    if not rows or rows[0]["number"] != number:
        raise RevisionNotFound
    return _with_predecessors(rows)[0]


def list_deletions(session: DatabaseSession, entity: Entity, request: CursorRequest) -> CursorPage:
    """Return a page of what is deleted, the latest first: id, number, deleted_by, deleted_at and snapshot.

    Raises:
        CursorInvalid: the cursor is none of this list.
    """
    query = (
        select(
            Deletion.entity_id,
            Deletion.number,
            Deletion.deleted_by,
            Deletion.created_at.label("deleted_at"),
            Revision.snapshot,
        )
        .join(Revision, _last_of(entity))
        .where(Deletion.entity == entity.name)
    )
    return _LATEST_FIRST.read(session, query, request)


_LATEST_FIRST = Walk({"id": Deletion.id}, [("id", True)])


def _last_of(entity: Entity) -> ColumnElement[bool]:
    """Return the condition that a revision holds what a deletion took."""
    return (
        (Revision.entity == entity.name)
        & (Revision.entity_id == Deletion.entity_id)
        & (Revision.number == Deletion.number - 1)
    )


def _versions(entity: Entity, entity_id: int) -> Subquery:
    kept = select(*_KEPT).where(Revision.entity == entity.name, Revision.entity_id == entity_id)
    return union_all(kept, entity.present(entity.table.c.id == entity_id)).subquery("versions")


def _with_predecessors(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    snapshots = {row["number"]: row["snapshot"] for row in rows}
    return [{**row, "before": snapshots.get(row["number"] - 1)} for row in rows]
