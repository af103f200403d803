"""Who made versions and deletions, when that account is no more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Delete, Table, Update, delete, select, update

from books_service.authors.models import Author
from books_service.books.models import Book
from books_service.history.models import DeletedRow, Deletion, Revision
from servicekit.database import DatabaseSession

ROWS_AT_ONCE = 500

_NAMING: tuple[Column[Any], ...] = (
    Revision.__table__.c.changed_by,
    Book.__table__.c.changed_by,
    Author.__table__.c.changed_by,
    Deletion.__table__.c.deleted_by,
    Deletion.__table__.c.added_by,
    DeletedRow.__table__.c.user_id,
)


def forget_changes(session: DatabaseSession, user_id: int) -> bool:
    """Forget of some versions and deletions that ``user_id`` made them; return whether there was none.

    Comes after everything else that is forgotten, which makes versions. It makes none itself, because what a book says
    stays the same. What was the user's own and went with a deleted book is not kept any longer.
    """
    return all(_forget(session, column, user_id) for column in _NAMING)


def _forget(session: DatabaseSession, column: Column[Any], user_id: int) -> bool:
    table: Table = column.table
    # In one order for everybody, or two writers could wait for each other.
    some = select(table.c.id).where(column == user_id).order_by(table.c.id).limit(ROWS_AT_ONCE).with_for_update().cte()
    there = table.c.id.in_(select(some.c.id))
    statement: Update | Delete = (
        update(table).where(there).values({column.name: None, "updated_at": table.c.updated_at})
    )
    if table.name == DeletedRow.__tablename__:
        statement = delete(table).where(there)
    return session.execute(statement).rowcount == 0  # type: ignore[no-any-return,attr-defined]
