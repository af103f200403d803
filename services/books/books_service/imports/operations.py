"""Storing imported rows. Each batch is one transaction and ends with its commit.

The rules, by their weight: no row is lost, nobody's edit is overwritten, nothing is stored twice.

- A row that was imported before and has the same values is not looked at any further.
- A row whose values have changed changes its book, unless somebody else has changed that book since, or made it: then
  the book stays as it is and the row is reported, until it is imported with ``overwrite``.
- A row under the key of an earlier one, with another title and none of the authors, is most likely from another file of
  the same name: the book stays as it is and the row is reported, until it is imported with ``overwrite``.
- A new row whose ISBN belongs to a book from elsewhere is that book if one title begins with the other: the book stays
  as it is, and the row is remembered as belonging to it. With another title, or when a row of the same source has the
  ISBN, the row becomes a book of its own without the ISBN.
- A book that was deleted comes back with the next import of its row. One that was merged into another does not, and its
  row changes nothing: the curator has chosen the other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from books_service.authors.names import identity
from books_service.authors.registry import KnownAuthor, ensure_authors
from books_service.books.contributors import Contributor
from books_service.books.keys import derived_columns
from books_service.books.models import Book, BookAuthor
from books_service.books.queries import contributors_of
from books_service.books.rewriting import lock_books, rewrite_books
from books_service.folding import sort_key
from books_service.history.archiving import archive_books
from books_service.history.changes import IMPORTED, Change
from books_service.imports import queries
from books_service.imports.findings import CREATED, KEPT, REJECTED, UNCHANGED, UPDATED, Finding
from books_service.imports.isbn_claims import IsbnClaims, one_begins_the_other, settle_isbns
from books_service.imports.models import ImportedRecord
from books_service.imports.queries import Remembered
from books_service.imports.rows import ImportRow
from books_service.recordset import recordset
from servicekit.database import DatabaseSession

log = structlog.get_logger(__name__)

FIRST_VERSION = 1
IMPORT = Change(IMPORTED)
CHANGED_SINCE = "the book was changed since the last import"
MADE_ELSEWHERE = "the book was not made by this import"
ANOTHER_WORK = "the key was another book's in the last import; name the source if this is another file"
MERGED = "the book was merged into this one"
SAME_BOOK = "the catalogue has this book, with the same ISBN"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a row: one of ``findings.OUTCOMES``, what is to be said of it, and the ISBN of its book."""

    outcome: str
    findings: Sequence[Finding] = ()
    isbn_13: str | None = None


@dataclass(slots=True)
class _Batch:
    """A batch while it is stored."""

    source: str
    remembered: dict[str, Remembered]
    authors: Mapping[str, KnownAuthor]
    claims: IsbnClaims = field(default_factory=IsbnClaims)
    contributors: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, Stored] = field(default_factory=dict)

    def known_authors(self, row: ImportRow) -> list[KnownAuthor]:
        """Return the authors of ``row`` in their order, each once under however many names."""
        return list(dict.fromkeys(self.authors[identity(name)] for name in row.authors or []))

    def names(self, row: ImportRow) -> list[Contributor]:
        """Return the authors of ``row`` under the names by which they are known."""
        return [Contributor(author.name, variants=author.variants) for author in self.known_authors(row)]

    def columns(
        self, row: ImportRow, contributors: Sequence[Contributor], book: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the columns that ``row`` gives its book, which is ``book`` already or a new one."""
        columns = {**row.values, **derived_columns({**(book or {}), **row.values}, contributors)}
        if "isbn_13" in columns:
            columns["isbn_13"] = self.claims.isbns[row.key]
        return columns

    def settle(self, row: ImportRow, outcome: str, book_id: int, book_version: int | None, *more: Finding) -> None:
        """Note what became of ``row`` and what the next import is to remember of it."""
        self.records.append(
            {
                "source": self.source,
                "record_key": row.key,
                "book_id": book_id,
                "digest": row.digest,
                "book_version": book_version,
            }
        )
        if book_version is not None:
            self.contributors += [
                {"book_id": book_id, "position": position, "author_id": author.id}
                for position, author in enumerate(self.known_authors(row))
            ]
        taken = self.claims.findings.get(row.key)
        findings = [*([taken] if taken else []), *more]
        self.stored[row.key] = Stored(outcome, findings, self.claims.isbns[row.key])


def store_rows(
    session: DatabaseSession, source: str, rows: Sequence[ImportRow], *, overwrite: bool
) -> Iterator[Stored]:
    """Store rows with different keys and yield what became of each, in their order, after it is committed.

    They are one transaction. When the database refuses a value in it, each row is tried in a transaction of its own, so
    that a refused row takes no other with it. With ``overwrite`` books are changed, too, that others have changed or
    made.

    Raises:
        DBAPIError: the database is away or too busy, which says nothing of the rows; those not yielded are to be
            stored again. Of a commit without an answer nobody knows; storing its rows again finds them unchanged.
    """
    try:
        stored = _store_batch(session, source, rows, overwrite=overwrite)
    except DBAPIError as error:
        session.rollback()
        if not isinstance(error, (IntegrityError, DataError)):
            raise
        if len(rows) > 1:
            for row in rows:
                yield from store_rows(session, source, [row], overwrite=overwrite)
            return
        stored = [_refused(source, rows[0], error)]
    yield from stored


def _refused(source: str, row: ImportRow, error: DBAPIError) -> Stored:
    sqlstate = getattr(error.orig, "pgcode", None)
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    # Not the error itself: the driver's words show the values of the row.
    log.warning("imported_row_refused", source=source, row=row.number, sqlstate=sqlstate, constraint=constraint)
    return Stored(REJECTED, [Finding(REJECTED, "row", f"the database refuses it ({constraint or sqlstate})")])


def _store_batch(session: DatabaseSession, source: str, rows: Sequence[ImportRow], *, overwrite: bool) -> list[Stored]:
    remembered = queries.records_by_key(session, source, [row.key for row in rows])
    unchanged = {row.key for row in rows if row.key in remembered and remembered[row.key].digest == row.digest}
    todo = [row for row in rows if row.key not in unchanged]
    # Authors before books, as everywhere, so that nobody waits in a circle.
    names = [name for row in todo for name in row.authors or []]
    batch = _Batch(source, remembered, ensure_authors(session, names, IMPORT))
    batch.stored = {row.key: Stored(UNCHANGED, (), row.values.get("isbn_13")) for row in rows if row.key in unchanged}
    wanted = {row.key: remembered[row.key].book_id for row in todo if row.key in remembered}
    known = lock_books(session, wanted.values())
    if gone := [key for key, book_id in wanted.items() if book_id not in known]:
        # Merged while this waited, perhaps: then the rows have other books, to be locked in their order.
        now = queries.records_by_key(session, source, gone)
        if any(key in now and now[key].book_id != wanted[key] for key in gone):
            session.rollback()
            return _store_batch(session, source, rows, overwrite=overwrite)
    todo = [row for row in todo if not _is_kept(row, batch, known, overwrite=overwrite)]
    own_books = {
        row.key: remembered[row.key].book_id
        for row in todo
        if row.key in remembered and remembered[row.key].book_id in known
    }
    isbns = [row.values["isbn_13"] for row in todo if row.values.get("isbn_13")]
    batch.claims = settle_isbns(todo, own_books, queries.owners_by_isbn(session, source, isbns))
    _match(batch, [row for row in todo if row.key in batch.claims.matches])
    _create(session, batch, [row for row in todo if row.key not in batch.claims.matches and row.key not in own_books])
    _update(session, batch, [row for row in todo if row.key in own_books], known)
    if batch.contributors:
        session.execute(insert(BookAuthor.__table__), batch.contributors)
    if batch.records:
        _remember(session, batch.records)
    session.commit()
    return [batch.stored[row.key] for row in rows]


def _is_kept(row: ImportRow, batch: _Batch, known: Mapping[int, Mapping[str, Any]], *, overwrite: bool) -> bool:
    """Note that the book of a changed row is not ours to change, if that is so."""
    record = batch.remembered.get(row.key)
    if record is None or record.book_id not in known:
        return False
    book = known[record.book_id]
    if record.merged:
        reason = MERGED
    elif overwrite:
        return False
    elif record.book_version is None:
        reason = MADE_ELSEWHERE
    elif record.book_version != book["version"]:
        reason = CHANGED_SINCE
    elif _is_another_work(row, batch, book):
        reason = ANOTHER_WORK
    else:
        return False
    finding = Finding(KEPT, "book", reason, str(record.book_id))
    batch.stored[row.key] = Stored(KEPT, [finding], row.values.get("isbn_13"))
    return True


def _is_another_work(row: ImportRow, batch: _Batch, book: Mapping[str, Any]) -> bool:
    """Return whether ``row`` has neither the title nor any author of ``book``."""
    if row.authors is None or one_begins_the_other(row.title, sort_key(book["title"])):
        return False
    return not any(contributor.name in (book["author"] or "") for contributor in batch.names(row))


def _match(batch: _Batch, rows: Sequence[ImportRow]) -> None:
    for row in rows:
        book_id = batch.claims.matches[row.key]
        batch.settle(row, KEPT, book_id, None, Finding(KEPT, "book", SAME_BOOK, str(book_id)))


def _create(session: DatabaseSession, batch: _Batch, rows: Sequence[ImportRow]) -> None:
    if not rows:
        return
    table = Book.__table__
    books = [{**batch.columns(row, batch.names(row)), **IMPORT.columns()} for row in rows]
    ids = session.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), books).scalars()
    for row, book_id in zip(rows, ids, strict=True):
        batch.settle(row, CREATED, book_id, FIRST_VERSION)


def _update(
    session: DatabaseSession, batch: _Batch, rows: Sequence[ImportRow], known: Mapping[int, Mapping[str, Any]]
) -> None:
    books = {row.key: known[batch.remembered[row.key].book_id] for row in rows}
    archive_books(session, [book["id"] for book in books.values()])
    with_authors = [books[row.key]["id"] for row in rows if row.authors is not None]
    if with_authors:
        session.execute(delete(BookAuthor).where(BookAuthor.book_id.in_(with_authors)))
    others = contributors_of(session, [book["id"] for book in books.values() if book["id"] not in with_authors])
    changes = []
    for row in rows:
        book = books[row.key]
        names = batch.names(row)
        if row.authors is None:
            names = others.get(book["id"], [])
        changes.append({"id": book["id"], **batch.columns(row, names, book)})
        batch.settle(row, UPDATED, book["id"], book["version"] + 1)
    rewrite_books(session, changes, IMPORT)


def _remember(session: DatabaseSession, records: Sequence[Mapping[str, Any]]) -> None:
    table = ImportedRecord.__table__
    given = recordset(table, records)
    statement = upsert(table).from_select([column.name for column in given.c], select(given))
    changes = {name: statement.excluded[name] for name in ("book_id", "digest", "book_version")}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source", "record_key"],
            set_={**changes, "version": table.c.version + 1, "updated_at": func.now()},
        )
    )
