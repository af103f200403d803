"""Changing reading lists. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from books_service.accounts.presence import hold_account
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.reading_list.errors import BookAlreadyListed, EntryNotFound
from books_service.reading_list.models import ReadingListEntry
from books_service.reading_list.progress import settle_progress
from servicekit.database import BeforeCommit, DatabaseSession, constraint_errors, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate

_CONFLICTS = {"uq_reading_list_entries_user_id_book_id": BookAlreadyListed}
_NEW = {"finished": False, "started_on": None, "finished_on": None}


def create_entry(
    session: DatabaseSession, user_id: int, values: dict[str, Any], *, before_commit: BeforeCommit[int] = just_commit
) -> int:
    """Put the book ``values["book_id"]`` into the reading list of ``user_id`` and return the id of the entry.

    Raises:
        ValidationFailed: finished and dates contradict each other.
        BookNotFound: when there is no such book.
        BookAlreadyListed: when the book is in the list.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    settled = settle_progress(values, _NEW)
    hold_account(session, user_id)
    # Before the entry: a merge that holds the book and brings the same entry would wait for this one.
    held = select(Book.id).where(Book.id == values["book_id"]).with_for_update(read=True, key_share=True)
    if session.scalar(held) is None:
        raise BookNotFound
    entry = ReadingListEntry(user_id=user_id, **settled)
    session.add(entry)
    with constraint_errors(_CONFLICTS):
        session.flush()
    entry_id = entry.id
    before_commit(entry_id)
    session.commit()
    return entry_id


def update_entry(
    session: DatabaseSession, user_id: int, entry_id: int, values: dict[str, Any], *, if_match: IfMatch
) -> None:
    """Change the members of an entry that ``values`` holds; None clears one. What stays the same makes no new version.

    Raises:
        EntryNotFound: when ``user_id`` has no such entry.
        NothingToUpdate: ``values`` is empty.
        PreconditionFailed: ``if_match`` names another version of the entry.
        ValidationFailed: finished and dates contradict each other.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    entry = _locked(session, user_id, entry_id)
    if not values:
        raise NothingToUpdate
    if_match.check(entry.version)
    current = {name: getattr(entry, name) for name in _NEW}
    for name, value in settle_progress(values, current).items():
        setattr(entry, name, value)
    session.commit()


def delete_entry(session: DatabaseSession, user_id: int, entry_id: int, *, if_match: IfMatch) -> None:
    """Remove an entry from the reading list of ``user_id``.

    Raises:
        EntryNotFound: when ``user_id`` has no such entry.
        PreconditionFailed: ``if_match`` names another version of the entry.
    """
    entry = _locked(session, user_id, entry_id)
    if_match.check(entry.version)
    session.delete(entry)
    session.commit()


def _locked(session: DatabaseSession, user_id: int, entry_id: int) -> ReadingListEntry:
    """Return an entry of ``user_id``, locked until the transaction ends."""
    owned = select(ReadingListEntry).where(ReadingListEntry.id == entry_id, ReadingListEntry.user_id == user_id)
    entry = session.execute(owned.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if entry is None:
        raise EntryNotFound
    return entry
