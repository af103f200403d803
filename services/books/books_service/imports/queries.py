"""What the catalogue already knows of the rows of an import."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select

from books_service.books.models import Book
from books_service.imports.models import ImportedRecord
from books_service.merges.models import MergedRow
from servicekit.database import DatabaseSession


@dataclass(frozen=True, slots=True)
class Remembered:
    """A row that was imported before, see ``ImportedRecord``; ``merged``: its own book is part of that one now."""

    book_id: int
    digest: str
    book_version: int | None
    merged: bool = False


@dataclass(frozen=True, slots=True)
class IsbnOwner:
    """The book that has an ISBN, and whether a row of the source in question belongs to it."""

    book_id: int
    title_key: str
    from_source: bool


def records_by_key(session: DatabaseSession, source: str, keys: Collection[str]) -> dict[str, Remembered]:
    """Return those rows of ``source`` that were imported before, by key."""
    merged = exists().where(MergedRow.origin == ImportedRecord.__tablename__, MergedRow.row_id == ImportedRecord.id)
    rows = session.execute(
        select(
            ImportedRecord.record_key,
            ImportedRecord.book_id,
            ImportedRecord.digest,
            ImportedRecord.book_version,
            merged,
        ).where(ImportedRecord.source == source, ImportedRecord.record_key.in_(keys))
    )
    return {key: Remembered(book_id, digest, version, was_merged) for key, book_id, digest, version, was_merged in rows}


def owners_by_isbn(session: DatabaseSession, source: str, isbns: Collection[str]) -> dict[str, IsbnOwner]:
    """Return the books that have one of ``isbns``, by ISBN."""
    if not isbns:
        return {}
    from_source = exists().where(ImportedRecord.book_id == Book.id, ImportedRecord.source == source)
    rows = session.execute(select(Book.isbn_13, Book.id, Book.title_key, from_source).where(Book.isbn_13.in_(isbns)))
    return {isbn_13: IsbnOwner(book_id, title_key, known) for isbn_13, book_id, title_key, known in rows if isbn_13}
