"""Reading which covers books have, and had."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, union

from books_service.books.models import Book
from books_service.history.models import Revision
from servicekit.database import DatabaseSession


def find_names_in_use(session: DatabaseSession, names: Collection[str]) -> set[str]:
    """Return those of ``names`` that are the cover of a book, or were in a version that was kept.

    What deletions keep is such a version, too. All of it is one statement: a cover that is replaced meanwhile is named
    by the book or by the version.
    """
    kept = Revision.snapshot["cover_name"].astext
    present = select(Book.cover_name).where(Book.cover_name.in_(names))
    return set(session.scalars(union(present, select(kept).where(kept.in_(names)))))
