"""Keeping versions: written when they are about to be replaced, so that adding and importing books costs nothing."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import insert

from books_service.history.models import Revision
from books_service.history.snapshots import AUTHOR, BOOK, REVISION_COLUMNS, Entity
from servicekit.database import DatabaseSession


def archive_books(session: DatabaseSession, book_ids: Collection[int]) -> None:
    """Keep the present versions of books.

    **Whatever makes a new version of a book** calls this once in its transaction: after it has locked the books, and
    before it changes anything of them, their contributors and the names of their authors included.
    """
    _archive(session, BOOK, book_ids)


def archive_authors(session: DatabaseSession, author_ids: Collection[int]) -> None:
    """Keep the present versions of authors, as ``archive_books`` does."""
    _archive(session, AUTHOR, author_ids)


def _archive(session: DatabaseSession, entity: Entity, ids: Collection[int]) -> None:
    if ids:
        present = entity.present(entity.table.c.id.in_(ids))
        session.execute(insert(Revision.__table__).from_select(REVISION_COLUMNS, present))
