"""Reading which covers books have."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from books_service.books.models import Book
from servicekit.database import DatabaseSession


def find_names_in_use(session: DatabaseSession, names: Collection[str]) -> set[str]:
    """Return those of ``names`` that are the cover of a book."""
    return set(session.scalars(select(Book.cover_name).where(Book.cover_name.in_(names)).distinct()))
