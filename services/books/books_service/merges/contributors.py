"""Who made a book, when two authors become one and when that is undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from books_service.books.contributors import MAXIMUM_CONTRIBUTORS
from books_service.books.models import Book, BookAuthor
from books_service.merges.errors import LaterMergeStands, MergedBooksChanged
from books_service.merges.models import AUTHOR, Merge, MergedContributor
from servicekit.database import DatabaseSession

MAXIMUM_SHOWN = 20


def lock_books_of(session: DatabaseSession, author_ids: Collection[int]) -> list[int]:
    """Return the ids of the books that name one of the authors, locked until the transaction ends.

    The caller has locked the authors, so that nobody adds a book of theirs.
    """
    named = select(BookAuthor.book_id).where(BookAuthor.author_id.in_(author_ids))
    # In one order for everybody, or two writers of the same books could wait for each other.
    rows = session.execute(select(Book.id).where(Book.id.in_(named)).order_by(Book.id).with_for_update())
    return list(rows.scalars())


def books_naming(session: DatabaseSession, author_id: int) -> Sequence[int]:
    """Return the ids of the books that name an author, in whatever role."""
    return session.scalars(select(BookAuthor.book_id).distinct().where(BookAuthor.author_id == author_id)).all()


def moved_books(session: DatabaseSession, merge_id: int) -> Sequence[int]:
    """Return the ids of the books that ``move_contributors`` changed and that are there."""
    recorded = select(MergedContributor.book_id).where(MergedContributor.merge_id == merge_id)
    return session.scalars(select(Book.id).where(Book.id.in_(recorded))).all()


def move_contributors(session: DatabaseSession, merge_id: int, source_id: int, into_id: int) -> None:
    """Let books name the author ``into_id`` in the place of ``source_id``, once in each role."""
    there = aliased(BookAuthor)
    named_already = exists().where(
        there.book_id == BookAuthor.book_id, there.role == BookAuthor.role, there.author_id == into_id
    )
    moved = select(literal(merge_id), BookAuthor.book_id, BookAuthor.role, BookAuthor.position, named_already).where(
        BookAuthor.author_id == source_id
    )
    session.execute(
        insert(MergedContributor.__table__).from_select(
            ["merge_id", "book_id", "role", "position", "dropped"], moved, include_defaults=False
        )
    )
    session.execute(
        delete(BookAuthor)
        .where(BookAuthor.author_id == source_id, *_is_recorded(merge_id), MergedContributor.dropped)
        .execution_options(synchronize_session=False)
    )
    session.execute(update(BookAuthor.__table__).where(BookAuthor.author_id == source_id).values(author_id=into_id))


def require_unchanged(session: DatabaseSession, merge_id: int, into_id: int) -> None:
    """Return when all that the merge did to books can be undone; books that are deleted do not matter.

    Raises:
        LaterMergeStands: a later merge into the same author dropped what this one had moved.
        MergedBooksChanged: a book does not name the author any more, or has no room for the one who was dropped.
    """
    ours, theirs = MergedContributor, aliased(MergedContributor)
    later = session.execute(
        select(Merge.id)
        .distinct()
        .join(theirs, theirs.merge_id == Merge.id)
        .join(ours, (ours.book_id == theirs.book_id) & (ours.role == theirs.role))
        .where(
            (ours.merge_id == merge_id) & ~ours.dropped & theirs.dropped,
            (Merge.id > merge_id) & (Merge.kind == AUTHOR) & (Merge.into_id == into_id) & Merge.undone_at.is_(None),
        )
        .order_by(Merge.id)
        .limit(MAXIMUM_SHOWN)
    ).scalars()
    _refuse(LaterMergeStands, "merges", later.all())
    named, others = aliased(BookAuthor), aliased(BookAuthor)
    count = select(func.count()).where(others.book_id == ours.book_id).correlate(ours).scalar_subquery()
    changed = session.execute(
        select(ours.book_id)
        .distinct()
        .join(Book, Book.id == ours.book_id)
        .outerjoin(named, (named.book_id == ours.book_id) & (named.role == ours.role) & (named.author_id == into_id))
        .where(ours.merge_id == merge_id, or_(named.book_id.is_(None), ours.dropped & (count >= MAXIMUM_CONTRIBUTORS)))
        .order_by(ours.book_id)
        .limit(MAXIMUM_SHOWN)
    ).scalars()
    _refuse(MergedBooksChanged, "books", changed.all())


def move_back(session: DatabaseSession, merge_id: int, source_id: int, into_id: int) -> None:
    """Undo ``move_contributors``, which is known to be possible."""
    session.execute(
        update(BookAuthor.__table__)
        .where(BookAuthor.author_id == into_id, *_is_recorded(merge_id), ~MergedContributor.dropped)
        .values(author_id=source_id)
    )
    dropped = session.execute(
        select(MergedContributor.book_id, MergedContributor.position, MergedContributor.role)
        .join(Book, Book.id == MergedContributor.book_id)
        .where(MergedContributor.merge_id == merge_id, MergedContributor.dropped)
    ).all()
    _add_contributors(session, [{**row._mapping, "author_id": source_id} for row in dropped])


def _add_contributors(session: DatabaseSession, added: Sequence[Mapping[str, Any]]) -> None:
    """Store contributors at their positions, before those who have these positions now."""
    if not added:
        return
    names = ("book_id", "position", "author_id", "role")
    table = BookAuthor.__table__
    there = session.execute(
        delete(table)
        .where(table.c.book_id.in_({row["book_id"] for row in added}))
        .returning(*(table.c[name] for name in names))
    ).mappings()
    # Stable, so that those who are added come first among equals.
    every: list[Mapping[str, Any]] = [*added, *there]
    stored: list[dict[str, Any]] = []
    for row in sorted(every, key=itemgetter("book_id", "position")):
        before = stored[-1] if stored and stored[-1]["book_id"] == row["book_id"] else None
        position = max(row["position"], before["position"] + 1 if before else 0)
        stored.append({**{name: row[name] for name in names}, "position": position})
    session.execute(insert(table), stored)


def _is_recorded(merge_id: int) -> tuple[Any, ...]:
    return (
        MergedContributor.merge_id == merge_id,
        MergedContributor.book_id == BookAuthor.book_id,
        MergedContributor.role == BookAuthor.role,
    )


def _refuse(error: type[LaterMergeStands | MergedBooksChanged], what: str, ids: Sequence[int]) -> None:
    if ids:
        raise error(details={what: [str(found) for found in ids]})
