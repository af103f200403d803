"""Merging and undoing it. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from datetime import UTC, datetime

from books_service.accounts.presence import hold_account
from books_service.merges.authors import merge_authors, undo_merge_of_authors
from books_service.merges.books import merge_books, undo_merge_of_books
from books_service.merges.errors import MergeAlreadyUndone, MergeNotFound
from books_service.merges.models import AUTHOR, BOOK, Merge
from books_service.merges.rows import hold_owners
from servicekit.database import BeforeCommit, DatabaseSession, just_commit

_UNDOING = {AUTHOR: undo_merge_of_authors, BOOK: undo_merge_of_books}


def merge_author(
    session: DatabaseSession,
    user_id: int,
    source_id: int,
    into_id: int,
    *,
    before_commit: BeforeCommit[int] = just_commit,
) -> int:
    """Make the author ``source_id`` part of the author ``into_id`` and return the id of the merge.

    Raises:
        AuthorNotFound: there is no author ``source_id``.
        ValidationFailed: ``into_id`` is the same one, or there is no such author.
        TooManyNames: as its name says.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    merge_id = merge_authors(session, user_id, source_id, into_id)
    before_commit(merge_id)
    session.commit()
    return merge_id


def merge_book(
    session: DatabaseSession,
    user_id: int,
    source_id: int,
    into_id: int,
    *,
    before_commit: BeforeCommit[int] = just_commit,
) -> int:
    """Make the book ``source_id`` part of the book ``into_id`` and return the id of the merge.

    Raises:
        BookNotFound: there is no book ``source_id``.
        ValidationFailed: ``into_id`` is the same one, or there is no such book.
        IsbnsDiffer: as its name says.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    merge_id = merge_books(session, user_id, source_id, into_id)
    before_commit(merge_id)
    session.commit()
    return merge_id


def undo_merge(session: DatabaseSession, user_id: int, merge_id: int) -> None:
    """Make two again what a merge made one, as if it had not been: what moved moves back, and nothing else.

    Raises:
        MergeNotFound, MergeAlreadyUndone, MergeTargetGone, LaterMergeStands: as their names say.
        MergedBooksChanged, MergedNameShown, AuthorNameTaken, IsbnAlreadyTaken: what moved has changed since.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    hold_owners(session, merge_id)
    merge = session.get(Merge, merge_id, with_for_update=True)
    if merge is None:
        raise MergeNotFound
    if merge.undone_at is not None:
        raise MergeAlreadyUndone
    _UNDOING[merge.kind](session, user_id, merge)
    merge.undone_by, merge.undone_at = user_id, datetime.now(UTC)
    session.commit()
