"""Changing the covers of books. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Any, BinaryIO

from sqlalchemy import func, select

from books_service.accounts.presence import hold_account
from books_service.books import queries as books
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.books.rights import check_may_change
from books_service.covers import queries
from books_service.covers.errors import CoverNotFound
from books_service.covers.isolation import Renderer
from books_service.covers.storage import SHARD_DIGITS, CoverStore, name_of
from books_service.history.archiving import archive_books
from books_service.history.changes import COVER_CHANGED, Change
from servicekit.database import DatabaseSession
from servicekit.entity_tags import IfMatch


def set_cover(
    session: DatabaseSession,
    user_id: int,
    scopes: Collection[str],
    book_id: int,
    content: BinaryIO,
    media_type: str,
    *,
    renderer: Renderer,
    store: CoverStore,
    if_match: IfMatch,
) -> None:
    """Make the image in ``content`` the cover of a book; the cover that it has already makes no new version.

    Raises:
        BookNotFound, NotYourBook, CoverUnreadable, CoverTooManyPixels: as their names say.
        PreconditionFailed: ``if_match`` names another version of the book.
        CoversBusy: no image can be worked on or stored right now.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    # Before the work, for nothing; and again when the book can no longer change.
    found = books.get_book(session, book_id)
    check_may_change(found["created_by"], user_id, scopes)
    if_match.check(found["version"])
    # Rendering takes longer than a transaction may be idle.
    session.rollback()
    rendered = renderer.render(content, media_type)
    name = name_of(rendered.files)
    with store.prepared(rendered.files) as prepared:
        # Whoever removes files of this part waits until the book names this one, and has removed it before, or not.
        session.execute(select(func.pg_advisory_xact_lock_shared(_lock_key(name[:SHARD_DIGITS]))))
        book = _locked_book(session, user_id, scopes, book_id, if_match)
        store.put(prepared, name)
        _change_cover(session, user_id, book, name, rendered.width, rendered.height)
        session.commit()


def remove_cover(
    session: DatabaseSession, user_id: int, scopes: Collection[str], book_id: int, *, if_match: IfMatch
) -> None:
    """Leave a book without its cover; the files stay for the versions that had it.

    Raises:
        BookNotFound, NotYourBook, CoverNotFound: as their names say.
        PreconditionFailed: ``if_match`` names another version of the book.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    book = _locked_book(session, user_id, scopes, book_id, if_match)
    if book.cover_name is None:
        raise CoverNotFound
    _change_cover(session, user_id, book, None, None, None)
    session.commit()


def prune_covers(session: DatabaseSession, store: CoverStore, *, unused_hours: int) -> int:
    """Remove the covers that no book has or had and that were stored more than ``unused_hours`` ago; return how many.

    Such is left by uploads that did not come to their end. What was replaced or taken off, or was of a deleted book, is
    kept with the version that had it.
    """
    removed = 0
    for shard in store.shards():
        names = store.names(shard, unchanged_seconds=unused_hours * 3600)
        if not names:
            continue
        # Against who stores one of them this moment; see set_cover.
        session.execute(select(func.pg_advisory_xact_lock(_lock_key(shard))))
        unused = set(names) - queries.find_names_in_use(session, names)
        for name in sorted(unused):
            store.remove(name)
        session.commit()
        removed += len(unused)
    store.remove_passing()
    return removed


def _locked_book(
    session: DatabaseSession, user_id: int, scopes: Collection[str], book_id: int, if_match: IfMatch
) -> Any:
    hold_account(session, user_id)
    book = session.get(Book, book_id, with_for_update=True)
    if book is None:
        raise BookNotFound
    check_may_change(book.created_by, user_id, scopes)
    if_match.check(book.version)
    return book


def _change_cover(
    session: DatabaseSession, user_id: int, book: Any, name: str | None, width: int | None, height: int | None
) -> None:
    """Give a locked book another cover or none, as a new version; what it has already makes none."""
    if book.cover_name == name:
        return
    archive_books(session, [book.id])
    values = {"cover_name": name, "cover_width": width, "cover_height": height}
    for column, value in {**values, **Change(COVER_CHANGED, user_id).columns()}.items():
        setattr(book, column, value)


def _lock_key(shard: str) -> int:
    return zlib.crc32(f"books covers {shard}".encode())
