"""Two books that are one edition: what moves from the one to the other, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from books_service.books import queries
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.books.operations import derive
from books_service.history.archiving import archive_books
from books_service.history.changes import MERGED, UNMERGED, Change
from books_service.history.queries import get_revision
from books_service.history.restoring import resolve_contributors, store_book
from books_service.history.rows import row_of
from books_service.history.snapshots import BOOK as ENTITY
from books_service.identifiers import MAXIMUM_IDENTIFIERS
from books_service.merges.errors import IsbnsDiffer, MergeTargetGone
from books_service.merges.models import BOOK, Merge
from books_service.merges.queries import find_successor
from books_service.merges.rows import move_rows, move_rows_back, moved_reviews, require_no_later
from books_service.reviews.figures import count_again, figures_of
from books_service.works.presence import held_work
from servicekit.database import DatabaseSession
from servicekit.envelope import ValidationFailed

# What the book that stays takes over where it has nothing, members that belong together at once. Not what it is called
# and by whom: title, subtitle and contributors are its own.
_TAKEN = (
    ("isbn_13",),
    ("description",),
    ("publisher",),
    ("language",),
    ("year",),
    ("page_count",),
    ("subjects",),
    ("series_name", "series_number"),
    ("work_id",),
    ("average_rating", "ratings_count"),
    ("cover_name", "cover_width", "cover_height"),
)


def merge_books(session: DatabaseSession, user_id: int, source_id: int, into_id: int) -> int:
    """Do what ``operations.merge_book`` says, but for the commit."""
    if source_id == into_id:
        raise ValidationFailed(details={"into": ["A book cannot be merged into itself."]})
    # Works before books, the order in which deleting a work locks, too.
    work_id = session.scalar(select(Book.work_id).where(Book.id == source_id))
    work_id = work_id and held_work(session, work_id)
    source, into = _lock_both(session, source_id, into_id)
    if source.isbn_13 and into.isbn_13:
        raise IsbnsDiffer(details={"into": [f"It has the ISBN {into.isbn_13}, the other one {source.isbn_13}."]})
    archive_books(session, [source_id, into_id])
    taken = _what_is_missing(into, source, work_id)
    merge = Merge(
        kind=BOOK,
        source_id=source_id,
        into_id=into_id,
        kept={"name": source.title, "version": source.version},
        taken=taken,
        merged_by=user_id,
        added_by=source.created_by,
    )
    session.add(merge)
    session.flush()
    move_rows(session, merge.id, source_id, into_id)
    # Before the other one has its ISBN.
    session.execute(delete(Book.__table__).where(Book.id == source_id))
    values = {**taken, "identifiers": [*into.identifiers, *taken.get("identifiers", [])]}
    _make_version(session, into, {**values, **figures_of(session, into_id)}, Change(MERGED, user_id))
    return merge.id


def undo_merge_of_books(session: DatabaseSession, user_id: int, merge: Merge) -> None:
    """Do what ``operations.undo_merge`` says to the books of ``merge``, which is locked and stands."""
    number = merge.kept["version"]
    revision = get_revision(session, ENTITY, merge.source_id, number)
    kept = row_of(ENTITY, {**revision, "number": number + 1}, revision["snapshot"])
    # Authors and works before books, as everywhere.
    resolved = resolve_contributors(session, kept["contributors"], user_id)
    work_id = kept["work_id"] and held_work(session, kept["work_id"])
    into = session.get(Book, merge.into_id, with_for_update=True)
    if into is None:
        raise MergeTargetGone
    require_no_later(session, merge.id, into.id)
    change = Change(UNMERGED, user_id)
    archive_books(session, [into.id])
    figures = figures_of(session, into.id, without=moved_reviews(merge.id))
    # Before the other one has its ISBN again.
    _make_version(session, into, {**_given_back(into, merge.taken), **figures}, change)
    store_book(session, {**kept, "work_id": work_id, "created_by": merge.added_by, **change.columns()}, resolved)
    move_rows_back(session, merge.id, merge.source_id, into.id)
    count_again(session, merge.source_id)


def _lock_both(session: DatabaseSession, source_id: int, into_id: int) -> tuple[Book, Book]:
    """Return both books, locked until the transaction ends, in the order that everybody keeps."""
    locked = session.execute(select(Book).where(Book.id.in_([source_id, into_id])).order_by(Book.id).with_for_update())
    found = {book.id: book for book in locked.scalars()}
    if source_id not in found:
        raise BookNotFound
    if into_id not in found:
        successor = find_successor(session, BOOK, into_id)
        where = f" any more: it was merged into {successor}" if successor else ""
        raise ValidationFailed(details={"into": [f"There is no such book{where}."]})
    return found[source_id], found[into_id]


def _what_is_missing(into: Book, source: Book, work_id: int | None) -> dict[str, Any]:
    """Return what ``into`` takes over from ``source``; ``work_id`` is the work that is known to stay."""
    taken: dict[str, Any] = {}
    for members in _TAKEN:
        if not any(getattr(into, member) for member in members):
            taken.update({member: getattr(source, member) for member in members if getattr(source, member)})
    if "work_id" in taken and taken["work_id"] != work_id:
        del taken["work_id"]
    new = [identifier for identifier in source.identifiers if identifier not in into.identifiers]
    if new := new[: MAXIMUM_IDENTIFIERS - len(into.identifiers)]:
        taken["identifiers"] = new
    return taken


def _given_back(into: Book, taken: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``into`` has without what it took over, but for what somebody has changed since."""
    values: dict[str, Any] = {}
    for members in _TAKEN:
        took = any(member in taken for member in members)
        if took and all((getattr(into, member) or None) == taken.get(member) for member in members):
            values.update({member: [] if member == "subjects" else None for member in members})
    others = [identifier for identifier in into.identifiers if identifier not in taken.get("identifiers", [])]
    return {**values, "identifiers": others}


def _make_version(session: DatabaseSession, into: Book, values: Mapping[str, Any], change: Change) -> None:
    """Make a new version of the book that stays, with ``values``."""
    contributors = queries.contributors_of(session, [into.id]).get(into.id, [])
    # No statement between these changes and the end, so that they are one UPDATE and one version. A second UPDATE would
    # also wait for whoever deletes the book's work (a row that is new in a transaction has its foreign keys checked).
    for member, value in {**values, **change.columns()}.items():
        setattr(into, member, value)
    # Its rows may be all that changes.
    flag_modified(into, "title")
    derive(into, contributors)
    session.flush()
