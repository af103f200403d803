"""Two authors that are one: what moves from the one to the other, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm.attributes import flag_modified

from books_service.authors.errors import AuthorNotFound
from books_service.authors.models import Author, AuthorName
from books_service.authors.names import MAXIMUM_VARIANTS, identity
from books_service.authors.operations import CONFLICTS
from books_service.authors.queries import variants_of
from books_service.authors.variants import insert_variants, variants
from books_service.books.rewriting import archive_in_batches, renew_author_columns
from books_service.history.archiving import archive_authors
from books_service.history.changes import MERGED, UNMERGED, Change
from books_service.identifiers import MAXIMUM_IDENTIFIERS
from books_service.merges.contributors import (
    books_naming,
    lock_books_of,
    move_back,
    move_contributors,
    moved_books,
    require_unchanged,
)
from books_service.merges.errors import MergedNameShown, MergeTargetGone, TooManyNames
from books_service.merges.models import AUTHOR, Merge
from books_service.merges.queries import find_successor
from books_service.recordset import recordset
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.envelope import ValidationFailed

_TABLE = Author.__table__
# Not who made the last version, which the versions tell as long as the account is there.
_NOT_KEPT = {"change", "changed_by"}
_WRITTEN = [column for column in _TABLE.columns if column.computed is None and column.name not in _NOT_KEPT]
_LIFE = ("born", "died")
_BIOGRAPHY = ("biography",)


def merge_authors(session: DatabaseSession, user_id: int, source_id: int, into_id: int) -> int:
    """Do what ``operations.merge_author`` says, but for the commit."""
    into = _lock_both(session, source_id, into_id)
    book_ids = lock_books_of(session, [source_id, into_id])
    kept = _kept(session, source_id)
    names = [kept["name"], *kept["variants"]]
    known = variants_of(session, into_id)
    if len(known) + len(names) > MAXIMUM_VARIANTS:
        raise TooManyNames
    change, moved = Change(MERGED, user_id), books_naming(session, source_id)
    archive_authors(session, [source_id, into_id])
    archive_in_batches(session, moved)
    taken = _what_is_missing(into, kept)
    merge = Merge(kind=AUTHOR, source_id=source_id, into_id=into_id, kept=kept, taken=taken, merged_by=user_id)
    session.add(merge)
    for member, value in {**taken, **change.columns()}.items():
        setattr(into, member, [*into.identifiers, *value] if member == "identifiers" else value)
    # The names may be all that changes.
    flag_modified(into, "name")
    session.flush()
    move_contributors(session, merge.id, source_id, into_id)
    session.execute(delete(_TABLE).where(_TABLE.c.id == source_id))
    insert_variants(session, into_id, names, first=len(known) + 1)
    _renew(session, book_ids, moved, change)
    return merge.id


def undo_merge_of_authors(session: DatabaseSession, user_id: int, merge: Merge) -> None:
    """Do what ``operations.undo_merge`` says to the authors of ``merge``, which is locked and stands."""
    into = session.get(Author, merge.into_id, with_for_update=True)
    if into is None:
        raise MergeTargetGone
    kept = merge.kept
    names = {identity(name) for name in (kept["name"], *kept["variants"])}
    if into.name_normalized in names:
        raise MergedNameShown
    book_ids = lock_books_of(session, [into.id])
    require_unchanged(session, merge.id, into.id)
    change, moved = Change(UNMERGED, user_id), moved_books(session, merge.id)
    archive_authors(session, [into.id])
    archive_in_batches(session, moved)
    for member, value in merge.taken.items():
        _give_back(into, member, value)
    for column, value in change.columns().items():
        setattr(into, column, value)
    flag_modified(into, "name")
    session.flush()
    session.execute(
        delete(AuthorName).where(
            AuthorName.author_id == into.id, AuthorName.position > 0, AuthorName.name_normalized.in_(names)
        )
    )
    with constraint_errors(CONFLICTS):
        _bring_back(session, kept, change)
        insert_variants(session, merge.source_id, kept["variants"])
    move_back(session, merge.id, merge.source_id, into.id)
    _renew(session, book_ids, moved, change)


def _lock_both(session: DatabaseSession, source_id: int, into_id: int) -> Author:
    """Return the author ``into_id``; both are locked until the transaction ends, in the order that everybody keeps."""
    if source_id == into_id:
        raise ValidationFailed(details={"into": ["An author cannot be merged into itself."]})
    locked = session.execute(
        select(Author).where(Author.id.in_([source_id, into_id])).order_by(Author.id).with_for_update()
    )
    found = {author.id: author for author in locked.scalars()}
    if source_id not in found:
        raise AuthorNotFound
    if into_id not in found:
        successor = find_successor(session, AUTHOR, into_id)
        where = f" any more: it was merged into {successor}" if successor else ""
        raise ValidationFailed(details={"into": [f"There is no such author{where}."]})
    return found[into_id]


def _kept(session: DatabaseSession, author_id: int) -> dict[str, Any]:
    """Return what must be known to store the author again, as JSON."""
    row = select(*_WRITTEN, variants()).where(Author.id == author_id).subquery("kept")
    kept: dict[str, Any] = session.execute(select(func.to_jsonb(row.table_valued()))).scalar_one()
    return kept


def _what_is_missing(into: Author, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``into`` takes over: identifiers, and dates and biography where it has none."""
    taken: dict[str, Any] = {}
    for members in (_LIFE, _BIOGRAPHY):
        # Dates of a life belong together.
        if not any(getattr(into, member) for member in members):
            taken.update({member: kept[member] for member in members if kept[member]})
    new = [identifier for identifier in kept["identifiers"] if identifier not in into.identifiers]
    if new := new[: MAXIMUM_IDENTIFIERS - len(into.identifiers)]:
        taken["identifiers"] = new
    return taken


def _give_back(into: Author, member: str, value: Any) -> None:
    """Take from ``into`` what it took over, unless somebody has changed it since."""
    if member == "identifiers":
        into.identifiers = [identifier for identifier in into.identifiers if identifier not in value]
    elif getattr(into, member) == value:
        setattr(into, member, None)


def _bring_back(session: DatabaseSession, kept: Mapping[str, Any], change: Change) -> None:
    names = [column.name for column in _WRITTEN if column.name != "updated_at"]
    row = {name: kept[name] for name in names if name in kept} | {"version": kept["version"] + 1, **change.columns()}
    given = recordset(_TABLE, [row])
    session.execute(insert(_TABLE).from_select(list(row), select(given), include_defaults=False))


def _renew(session: DatabaseSession, book_ids: Collection[int], changed: Collection[int], change: Change) -> None:
    """Renew what books show and search: the ``changed`` ones get new versions, the others new words to be found by."""
    renew_author_columns(session, changed, change)
    renew_author_columns(session, set(book_ids).difference(changed), None)
