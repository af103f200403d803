"""What belongs to a book in other tables, when two books become one and when that is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Insert,
    Select,
    Subquery,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from books_service.accounts.presence import hold_accounts
from books_service.history.deleting import DEPENDENTS, Dependent
from books_service.merges.errors import LaterMergeStands
from books_service.merges.models import BOOK, Merge, MergedRow
from books_service.reviews.models import Review
from servicekit.database import DatabaseSession

MAXIMUM_SHOWN = 20
ROWS_AT_ONCE = 500
_NOTED = MergedRow.__table__


def move_rows(session: DatabaseSession, merge_id: int, source_id: int, into_id: int) -> None:
    """Give the book ``into_id`` what belongs to ``source_id``; keep what members have there already.

    Both books are locked, so that nobody adds to them.
    """
    for dependent in DEPENDENTS:
        table = dependent.table
        book_id = table.c[dependent.book_id]
        if dependent.owner is None:
            whole = _whole(dependent, source_id)
            rows = select(literal(merge_id), literal(table.name), whole.c.id, func.to_jsonb(whole.table_valued()))
            session.execute(_note(["row"], rows))
            emptied = dict.fromkeys(dependent.of_version)
            session.execute(update(table).where(book_id == source_id).values(_moved(dependent, into_id) | emptied))
            continue
        there = table.alias("there")
        has_one = exists().where(
            there.c[dependent.book_id] == into_id, there.c[dependent.owner] == table.c[dependent.owner]
        )
        dropped = delete(table).where(book_id == source_id, has_one).returning(*dependent.columns()).cte("dropped")
        owner, row = dropped.c[dependent.owner], func.to_jsonb(dropped.table_valued())
        rows = select(literal(merge_id), literal(table.name), dropped.c.id, owner, row)
        session.execute(_note(["user_id", "row"], rows))
        moved = update(table).where(book_id == source_id).values(_moved(dependent, into_id)).returning(table.c.id)
        gone = moved.cte("moved")
        session.execute(_note([], select(literal(merge_id), literal(table.name), gone.c.id)))


def moved_reviews(merge_id: int) -> Select[Any]:
    """Return the query of the ids of the reviews that ``move_rows`` gave to another book."""
    return select(MergedRow.row_id).where(
        MergedRow.merge_id == merge_id, MergedRow.origin == Review.__tablename__, MergedRow.row.is_(None)
    )


def require_no_later(session: DatabaseSession, merge_id: int, into_id: int) -> None:
    """Return when no later merge into the same book dropped a row because of one that this merge had moved there.

    Raises:
        LaterMergeStands: as its name says; ``details`` names them.
    """
    ours, theirs = _NOTED.alias("ours"), _NOTED.alias("theirs")
    builds_on = [
        select(Merge.id)
        .join(theirs, theirs.c.merge_id == Merge.id)
        .join(table, table.c[dependent.owner] == theirs.c.user_id)
        .join(ours, (ours.c.origin == theirs.c.origin) & (ours.c.row_id == table.c.id))
        .where(
            (ours.c.merge_id == merge_id) & (ours.c.origin == table.name) & (table.c[dependent.book_id] == into_id),
            (Merge.id > merge_id) & (Merge.kind == BOOK) & (Merge.into_id == into_id) & Merge.undone_at.is_(None),
        )
        for dependent in DEPENDENTS
        if dependent.owner is not None
        for table in (dependent.table,)
    ]
    later = union(*builds_on).subquery("later")
    ids = session.scalars(select(later.c.id).order_by(later.c.id).limit(MAXIMUM_SHOWN)).all()
    if ids:
        raise LaterMergeStands(details={"merges": [str(found) for found in ids]})


def hold_owners(session: DatabaseSession, merge_id: int) -> None:
    """Hold the accounts that undoing a merge gives something back; forget what was kept of deleted ones.

    A deletion of an account that comes later sees what comes back. The caller has held its own account and has locked
    nothing else.
    """
    owners = select(_NOTED.c.user_id).where(_NOTED.c.merge_id == merge_id, _NOTED.c.user_id.is_not(None))
    if ended := hold_accounts(session, union(owners, select(Merge.added_by).where(Merge.id == merge_id))):
        session.execute(delete(_NOTED).where(_NOTED.c.user_id.in_(ended)))


def move_rows_back(session: DatabaseSession, merge_id: int, source_id: int, into_id: int) -> None:
    """Undo ``move_rows``; what has left the book ``into_id`` since, or is deleted, stays away."""
    for dependent in DEPENDENTS:
        table, kept = dependent.table, dependent.kept_in(_NOTED.c.row)
        of_merge = (_NOTED.c.merge_id == merge_id, _NOTED.c.origin == table.name)
        rows = select(*kept.c).select_from(_NOTED).join(kept, literal(True)).where(*of_merge)
        is_there = table.c[dependent.book_id] == into_id
        if dependent.owner is None:
            was = rows.subquery("was")
            values = {column.name: column for column in was.c if column.name != "id"}
            session.execute(update(table).where(table.c.id == was.c.id, is_there).values(values))
            continue
        moved = update(table).where(*of_merge, _NOTED.c.row.is_(None), _NOTED.c.row_id == table.c.id, is_there)
        session.execute(moved.values(_moved(dependent, source_id)))
        dropped = rows.where(_NOTED.c.user_id.is_not(None))
        names = [column.name for column in kept.c]
        session.execute(upsert(table).from_select(names, dropped).on_conflict_do_nothing())
    session.execute(delete(_NOTED).where(_NOTED.c.merge_id == merge_id))


def forget_owner(session: DatabaseSession, user_id: int) -> bool:
    """Remove some of the rows of ``user_id`` that merges keep; return whether there was none."""
    # In one order for everybody, or two writers could wait for each other.
    some = select(_NOTED.c.id).where(_NOTED.c.user_id == user_id).order_by(_NOTED.c.id).limit(ROWS_AT_ONCE)
    removed: Any = session.execute(delete(_NOTED).where(_NOTED.c.id.in_(some.with_for_update())))
    return not removed.rowcount


def _whole(dependent: Dependent, book_id: int) -> Subquery:
    """Return the rows of a book as they are."""
    return select(*dependent.columns()).where(dependent.table.c[dependent.book_id] == book_id).subquery("whole")


def _moved(dependent: Dependent, book_id: int) -> dict[str, Any]:
    """Return what changes in a row that is another book's from now on; its owner has not changed it."""
    table = dependent.table
    return {dependent.book_id: book_id, "version": table.c.version + 1, "updated_at": table.c.updated_at}


def _note(columns: Sequence[str], rows: Any) -> Insert:
    return insert(_NOTED).from_select(["merge_id", "origin", "row_id", *columns], rows, include_defaults=False)
