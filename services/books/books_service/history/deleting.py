"""What a deletion keeps, so that it can be undone: the last version, who deleted it, and the rows that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, insert, literal, null, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import NamedFromClause

from books_service.history.changes import DELETED
from books_service.history.models import DeletedRow, Deletion, Revision
from books_service.history.snapshots import AUTHOR, BOOK, Entity
from books_service.imports.models import ImportedRecord
from books_service.reading_list.models import ReadingListEntry
from books_service.reviews.models import Review
from servicekit.database import DatabaseSession


@dataclass(frozen=True, slots=True)
class Dependent:
    """A table whose rows go with a book.

    Attributes:
        owner: the column that says whose a row is, who has one for a book; None when it is nobody's.
        of_version: columns that mean nothing at another book; only in rows of nobody's.
    """

    table: Table
    book_id: str = "book_id"
    owner: str | None = None
    of_version: tuple[str, ...] = ()

    def columns(self) -> list[Column[object]]:
        """Return the columns that can be written."""
        return [column for column in self.table.c if column.computed is None]

    def kept_in(self, row: ColumnElement[Any] | InstrumentedAttribute[Any]) -> NamedFromClause:
        """Return the row that ``row`` holds as JSON, as something to select from."""
        columns = (Column(column.name, column.type) for column in self.columns())
        return func.jsonb_to_record(row).table_valued(*columns, name="kept").render_derived(with_types=True)


# A feature whose rows end with their book adds its table here; they move when it is merged. Contributors are its own.
DEPENDENTS: tuple[Dependent, ...] = (
    Dependent(ImportedRecord.__table__, of_version=("book_version",)),
    Dependent(Review.__table__, owner="user_id"),
    Dependent(ReadingListEntry.__table__, owner="user_id"),
)


def set_aside_book(session: DatabaseSession, book_id: int, user_id: int) -> None:
    """Keep what is needed to restore a book that is about to be deleted; its present version is archived already."""
    deletion_id = _note(session, BOOK, book_id, user_id, BOOK.table.c.created_by)
    for dependent in DEPENDENTS:
        table = dependent.table
        # Deleted by name and not by cascade: whoever deletes such a row this moment for another reason, such as the
        # end of an account, waits for this and is waited for, so that the row is not kept after all.
        gone = delete(table).where(table.c[dependent.book_id] == book_id).returning(*dependent.columns()).cte("gone")
        owner = gone.c[dependent.owner] if dependent.owner else null()
        kept = select(literal(deletion_id), literal(table.name), owner, func.to_jsonb(gone.table_valued()))
        session.execute(
            insert(DeletedRow.__table__).from_select(
                ["deletion_id", "origin", "user_id", "row"], kept, include_defaults=False
            )
        )


def set_aside_author(session: DatabaseSession, author_id: int, user_id: int) -> None:
    """Keep what is needed to restore an author, as ``set_aside_book`` does."""
    _note(session, AUTHOR, author_id, user_id, null())


def bring_back(session: DatabaseSession, deletion_id: int) -> None:
    """Store the rows again that went with a book, which is there again.

    One that has a successor by now stays away. The caller has removed those of deleted accounts.
    """
    for dependent in DEPENDENTS:
        kept = dependent.kept_in(DeletedRow.row)
        rows = (
            select(*kept.c)
            .select_from(DeletedRow)
            .join(kept, literal(True))
            .where(DeletedRow.deletion_id == deletion_id, DeletedRow.origin == dependent.table.name)
        )
        names = [column.name for column in kept.c]
        session.execute(upsert(dependent.table).from_select(names, rows).on_conflict_do_nothing())


def _note(session: DatabaseSession, entity: Entity, entity_id: int, user_id: int, added_by: ColumnElement[Any]) -> int:
    """Add the version and the note of a deletion; return the id of the note."""
    table = entity.table
    name, number = literal(entity.name), table.c.version + 1
    version = select(name, table.c.id, number, literal(DELETED), literal(user_id), func.now()).where(
        table.c.id == entity_id
    )
    session.execute(
        insert(Revision.__table__).from_select(
            ["entity", "entity_id", "number", "change", "changed_by", "changed_at"], version
        )
    )
    note = select(name, table.c.id, number, literal(user_id), added_by).where(table.c.id == entity_id)
    deletion_id: int = session.execute(
        insert(Deletion.__table__)
        .from_select(["entity", "entity_id", "number", "deleted_by", "added_by"], note)
        .returning(Deletion.__table__.c.id)
    ).scalar_one()
    return deletion_id
