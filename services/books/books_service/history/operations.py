"""Going back to a version, and undoing a deletion. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, exists, select, union

from books_service.accounts.presence import hold_account, hold_accounts
from books_service.authors.names import identity
from books_service.authors.operations import CONFLICTS as AUTHOR_CONFLICTS
from books_service.authors.operations import update_author
from books_service.authors.variants import insert_variants
from books_service.books.contributors import Contributor
from books_service.books.operations import Saved, update_book
from books_service.folding import sort_key
from books_service.history import queries
from books_service.history.changes import RESTORED, REVERTED, Change
from books_service.history.deleting import bring_back
from books_service.history.errors import NotDeleted, NothingToRevertTo
from books_service.history.models import DeletedRow, Deletion
from books_service.history.restoring import authors_now, insert_row, resolve_contributors, store_book
from books_service.history.rows import row_of
from books_service.history.snapshots import AUTHOR, BOOK, Entity
from books_service.reviews.figures import count_again
from books_service.works.presence import held_work
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.entity_tags import IfMatch

# Not what somebody wrote of the book: who it is, what follows from the rest, and the figures of imports.
_NOT_REVERTED = frozenset(
    {"id", "version", "created_at", "updated_at", "created_by", "change", "changed_by"}
    | {"author", "average_rating", "ratings_count"}
)


def revert_book(
    session: DatabaseSession,
    user_id: int,
    scopes: Collection[str],
    book_id: int,
    number: int,
    *,
    if_match: IfMatch,
) -> Saved:
    """Make a new version of a book that says what version ``number`` said; none when nothing differs.

    Authors are those of then under the names that they have now. Figures of other catalogues stay, and a work that is
    deleted by now is none.

    Raises:
        BookNotFound, RevisionNotFound: as their names say.
        NothingToRevertTo: version ``number`` is a deletion.
        NotYourBook, IsbnAlreadyTaken, PreconditionFailed: as in ``update_book``.
    """
    # Before the authors and the work, which are held next.
    hold_account(session, user_id)
    row = _earlier_row(session, BOOK, book_id, number)
    values = _written(BOOK, row)
    values["isbn"] = values.pop("isbn_13")
    known = authors_now(session, [contributor["id"] for contributor in row["contributors"]])
    values["authors"] = [
        Contributor(
            known[contributor["id"]].name if contributor["id"] in known else contributor["name"], contributor["role"]
        )
        for contributor in row["contributors"]
    ]
    values["work_id"] = row["work_id"] and held_work(session, row["work_id"])
    return update_book(session, user_id, scopes, book_id, values, "reject", if_match=if_match, kind=REVERTED)


def revert_author(session: DatabaseSession, user_id: int, author_id: int, number: int, *, if_match: IfMatch) -> None:
    """Make a new version of an author that says what version ``number`` said; none when nothing differs.

    Raises:
        AuthorNotFound, RevisionNotFound: as their names say.
        NothingToRevertTo: version ``number`` is a deletion.
        AuthorNameTaken, PreconditionFailed: as in ``update_author``.
    """
    row = _earlier_row(session, AUTHOR, author_id, number)
    values = {**_written(AUTHOR, row), "variants": row["variants"]}
    update_author(session, user_id, author_id, values, if_match=if_match, kind=REVERTED)


def restore_book(session: DatabaseSession, user_id: int, book_id: int) -> None:
    """Undo the deletion of a book: under the same id, with its authors and all rows that went with it.

    Those of accounts that are deleted by now stay away. An author who was deleted meanwhile is added again, a
    work is not.

    Raises:
        BookNotFound: there never was such a book.
        NotDeleted: the book is there.
        IsbnAlreadyTaken: another book has its ISBN by now.
    """
    _hold_accounts(session, user_id, book_id)
    deletion, row = _locked_deletion(session, BOOK, book_id)
    resolved = resolve_contributors(session, row["contributors"], user_id)
    row = {
        **row,
        "work_id": row["work_id"] and held_work(session, row["work_id"]),
        "created_by": deletion["added_by"],
        **Change(RESTORED, user_id).columns(),
    }
    store_book(session, row, resolved)
    bring_back(session, deletion["id"])
    count_again(session, book_id)
    session.execute(delete(Deletion).where(Deletion.id == deletion["id"]))
    session.commit()


def restore_author(session: DatabaseSession, user_id: int, author_id: int) -> None:
    """Undo the deletion of an author, under the same id.

    Raises:
        AuthorNotFound: there never was such an author.
        NotDeleted: the author is there.
        AuthorNameTaken: another author has the name or a variant by now.
    """
    hold_account(session, user_id)
    deletion, row = _locked_deletion(session, AUTHOR, author_id)
    name, sort_name = row["name"], row["sort_name"]
    row = {
        **row,
        "name_normalized": identity(name),
        "name_key": sort_key(name),
        "sort_name_key": sort_name and sort_key(sort_name),
        **Change(RESTORED, user_id).columns(),
    }
    with constraint_errors(AUTHOR_CONFLICTS):
        insert_row(session, AUTHOR, row)
        insert_variants(session, author_id, row["variants"])
    session.execute(delete(Deletion).where(Deletion.id == deletion["id"]))
    session.commit()


def _earlier_row(session: DatabaseSession, entity: Entity, entity_id: int, number: int) -> dict[str, Any]:
    """Return the row as it was in version ``number`` of a book or author that is there."""
    if queries.get_state(session, entity, entity_id) != queries.LIVING:
        raise entity.not_found
    revision = queries.get_revision(session, entity, entity_id, number)
    if revision["snapshot"] is None:
        raise NothingToRevertTo
    return row_of(entity, revision, revision["snapshot"])


def _written(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of ``row`` that people write."""
    return {name: row[name] for name in set(entity.table.columns.keys()) - _NOT_REVERTED - entity.derived}


def _hold_accounts(session: DatabaseSession, user_id: int, book_id: int) -> None:
    """Hold the caller's account and those whose the book and its rows were; forget the rows of deleted ones.

    A deletion of an account that comes later sees the rows again that come back.
    """
    hold_account(session, user_id)
    deletion = (Deletion.entity == BOOK.name, Deletion.entity_id == book_id)
    owners = select(DeletedRow.user_id).join(Deletion, Deletion.id == DeletedRow.deletion_id).where(*deletion)
    if ended := hold_accounts(session, union(owners, select(Deletion.added_by).where(*deletion))):
        session.execute(delete(DeletedRow).where(DeletedRow.user_id.in_(ended)))


def _locked_deletion(
    session: DatabaseSession, entity: Entity, entity_id: int
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the deletion, locked until the transaction ends, and the row that went."""
    deletion = (
        session.execute(
            select(Deletion.__table__)
            .where(Deletion.entity == entity.name, Deletion.entity_id == entity_id)
            .with_for_update()
        )
        .mappings()
        .one_or_none()
    )
    if deletion is None:
        if session.scalar(select(exists().where(entity.table.c.id == entity_id))):
            raise NotDeleted
        raise entity.not_found
    revision = queries.get_revision(session, entity, entity_id, deletion["number"])
    return dict(deletion), row_of(entity, {**revision, "number": deletion["number"] + 1}, revision["before"])
