"""Changing books. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm.attributes import flag_modified

from books_service.accounts.presence import hold_account
from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.authors.registry import ensure_authors
from books_service.books import isbn, queries
from books_service.books.contributors import (
    Contributor,
    ContributorsContradict,
    repeated,
    wanted_contributors,
)
from books_service.books.errors import BookNotFound, IsbnAlreadyTaken
from books_service.books.keys import SOURCES, derived_columns
from books_service.books.models import Book, BookAuthor
from books_service.books.rights import check_may_change
from books_service.books.series import series_key
from books_service.history.archiving import archive_books
from books_service.history.changes import CREATED, UPDATED, Change
from books_service.history.deleting import set_aside_book
from books_service.works.errors import WorkUnknown
from books_service.works.presence import hold_work
from servicekit.database import BeforeCommit, DatabaseSession, constraint_errors, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate, ValidationFailed

ISBN_REPORT = "report"

_CONFLICTS = {"uq_books_isbn_13": IsbnAlreadyTaken, "fk_books_work_id": WorkUnknown}


@dataclass(frozen=True, slots=True)
class Saved:
    """A book that was stored, and what had to be left out of it, if anything."""

    book_id: int
    message: str | None = None


def create_book(
    session: DatabaseSession,
    user_id: int,
    values: dict[str, Any],
    isbn_check: str,
    *,
    before_commit: BeforeCommit[Saved] = just_commit,
) -> Saved:
    """Store a new book of ``user_id``.

    ``values`` is the loaded body, its ``isbn`` as written; ``isbn_check`` is ``reject`` or ``report``, what is done to
    a wrong ISBN.

    Raises:
        ValidationFailed: a wrong ISBN, an author who contradicts the authors, a contributor named twice, a work that
            does not exist.
        IsbnAlreadyTaken: when another book has the ISBN.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    values = dict(values)
    message = _settle_isbn(values, isbn_check, "The book was stored without its ISBN")
    contributors = _take_contributors(values, current=[]) or []
    _require_series_name(values, None, None)
    hold_account(session, user_id)
    resolved = _resolve(session, user_id, contributors)
    _hold_work(session, values, None)
    book = Book(created_by=user_id, **Change(CREATED, user_id).columns(), **values)
    derive(book, [contributor for _, contributor in resolved])
    session.add(book)
    with constraint_errors(_CONFLICTS):
        session.flush()
    _insert_contributors(session, book.id, resolved)
    saved = Saved(book.id, message)
    before_commit(saved)
    session.commit()
    return saved


def update_book(
    session: DatabaseSession,
    user_id: int,
    scopes: Collection[str],
    book_id: int,
    values: dict[str, Any],
    isbn_check: str,
    *,
    if_match: IfMatch,
    kind: str = UPDATED,
) -> Saved:
    """Change the members of a book that ``values`` holds; None clears one. What stays the same makes no new version.

    ``kind`` is what the new version is called.

    Raises:
        NothingToUpdate: ``values`` is empty.
        BookNotFound, NotYourBook, ValidationFailed, IsbnAlreadyTaken: as their names say.
        PreconditionFailed: ``if_match`` names another version of the book.
    """
    found = queries.get_book(session, book_id)
    check_may_change(found["created_by"], user_id, scopes)
    if not values:
        raise NothingToUpdate
    values = dict(values)
    message = _settle_isbn(values, isbn_check, "The ISBN was left as it was")
    current = [Contributor(row["name"], row["role"]) for row in found["contributors"]]
    wanted = _take_contributors(values, current)
    hold_account(session, user_id)
    # Authors and works before books, the order in which changing those locks, too.
    resolved = None if wanted is None else _resolve(session, user_id, wanted)
    if resolved is not None and [contributor for _, contributor in resolved] == current:
        # Variants of the names that the book shows.
        resolved = None
    _hold_work(session, values, found["work_id"])
    book = session.get(Book, book_id, with_for_update=True)
    if book is None:
        raise BookNotFound
    if_match.check(book.version)
    _require_series_name(values, book.series_name, book.series_number)
    if resolved is None and all(getattr(book, name) == value for name, value in values.items()):
        session.commit()
        return Saved(book_id, message)
    archive_books(session, [book_id])
    if resolved is not None:
        session.execute(delete(BookAuthor).where(BookAuthor.book_id == book_id))
        _insert_contributors(session, book_id, resolved)
    contributors = _contributors_now(session, book_id)
    # No statement between these changes and the commit, so that they are one UPDATE and one version.
    if resolved is not None:
        # An order or a role may change without a column of the book.
        flag_modified(book, "author")
    for name, value in {**values, **Change(kind, user_id).columns()}.items():
        setattr(book, name, value)
    derive(book, contributors)
    with constraint_errors(_CONFLICTS):
        session.commit()
    return Saved(book_id, message)


def delete_book(session: DatabaseSession, user_id: int, book_id: int, *, if_match: IfMatch) -> None:
    """Remove a book; its authors stay. What is needed to restore it is kept.

    Raises:
        BookNotFound: when there is none.
        PreconditionFailed: ``if_match`` names another version of the book.
    """
    hold_account(session, user_id)
    version = session.execute(select(Book.version).where(Book.id == book_id).with_for_update()).scalar_one_or_none()
    if version is None:
        raise BookNotFound
    if_match.check(version)
    archive_books(session, [book_id])
    set_aside_book(session, book_id, user_id)
    session.execute(delete(Book).where(Book.id == book_id))
    session.commit()


def _settle_isbn(values: dict[str, Any], isbn_check: str, consequence: str) -> str | None:
    """Replace the written ``isbn`` by ``isbn_13``; return why it was dropped, None when it was not."""
    if "isbn" not in values:
        return None
    written = values.pop("isbn")
    try:
        values["isbn_13"] = None if written is None else isbn.normalise(written)
    except isbn.IsbnWrong as error:
        if isbn_check != ISBN_REPORT:
            raise ValidationFailed(details={"isbn": [str(error)]}) from error
        return f"{consequence}: {str(error)[0].lower()}{str(error)[1:]}"
    return None


def _take_contributors(values: dict[str, Any], current: Sequence[Contributor]) -> list[Contributor] | None:
    """Take ``author`` and ``authors`` out of ``values``; return the contributors they ask for, None for no change."""
    author_given = "author" in values
    author, authors = values.pop("author", None), values.pop("authors", None)
    try:
        wanted = wanted_contributors(author, authors, current, author_given=author_given)
    except ContributorsContradict as error:
        message = "Contradicts authors; send one of the two."
        raise ValidationFailed(details={"author": [message]}) from error
    if any(len(contributor.name) > MAXIMUM_NAME_CHARACTERS for contributor in wanted or []):
        raise ValidationFailed(details={"author": [f"A name is 1 to {MAXIMUM_NAME_CHARACTERS} characters long."]})
    if (position := repeated(wanted or [])) is not None:
        raise ValidationFailed(details={f"authors.{position}": ["Named twice in the same role."]})
    return wanted


def _require_series_name(values: dict[str, Any], name: str | None, number: str | None) -> None:
    if values.get("series_number", number) is not None and values.get("series_name", name) is None:
        raise ValidationFailed(details={"series.name": ["A number needs the name of its series."]})


def _hold_work(session: DatabaseSession, values: dict[str, Any], current: int | None) -> None:
    work_id = values.get("work_id")
    if work_id is not None and work_id != current:
        hold_work(session, work_id)


def _resolve(session: DatabaseSession, user_id: int, wanted: Sequence[Contributor]) -> list[tuple[int, Contributor]]:
    """Return the author id of each contributor, with the name under which that author is known.

    Raises:
        ValidationFailed: two are names of one author, in the same role.
    """
    found = ensure_authors(session, [contributor.name for contributor in wanted], Change(CREATED, user_id))
    resolved = []
    for contributor in wanted:
        author = found[contributor.identity[0]]
        resolved.append((author.id, Contributor(author.name, contributor.role, author.variants)))
    if (position := repeated([contributor for _, contributor in resolved])) is not None:
        known_as = resolved[position][1].name
        message = f"A variant of the name {known_as}, which is there in the same role."
        raise ValidationFailed(details={f"authors.{position}": [message]})
    return resolved


def _insert_contributors(session: DatabaseSession, book_id: int, resolved: Sequence[tuple[int, Contributor]]) -> None:
    if resolved:
        session.execute(
            insert(BookAuthor),
            [
                {"book_id": book_id, "position": position, "author_id": author_id, "role": contributor.role}
                for position, (author_id, contributor) in enumerate(resolved)
            ],
        )


def _contributors_now(session: DatabaseSession, book_id: int) -> list[Contributor]:
    return queries.contributors_of(session, [book_id]).get(book_id, [])


def derive(book: Book, contributors: Sequence[Contributor]) -> None:
    """Set the derived columns of ``book``, whose contributors come with their variants."""
    book.series_key = series_key(book.series_name, book.series_number)
    sources = {name: getattr(book, name) for name in SOURCES}
    for name, value in derived_columns(sources, contributors).items():
        setattr(book, name, value)
