"""Changing authors. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from books_service.accounts.presence import hold_account
from books_service.authors.dates import comes_before
from books_service.authors.errors import AuthorInUse, AuthorNameTaken, AuthorNotFound
from books_service.authors.models import Author, AuthorName
from books_service.authors.names import identity, variants_beside
from books_service.authors.queries import variants_of
from books_service.authors.variants import insert_variants
from books_service.books.models import BookAuthor
from books_service.books.rewriting import archive_in_batches, renew_author_columns
from books_service.folding import sort_key
from books_service.history.archiving import archive_authors
from books_service.history.changes import AUTHOR_CHANGED, CREATED, UPDATED, Change
from books_service.history.deleting import set_aside_author
from servicekit.database import BeforeCommit, DatabaseSession, constraint_errors, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate, ValidationFailed

CONFLICTS = {"uq_authors_name_normalized": AuthorNameTaken, "uq_author_names_name_normalized": AuthorNameTaken}


def create_author(
    session: DatabaseSession,
    user_id: int,
    values: Mapping[str, Any],
    *,
    before_commit: BeforeCommit[int] = just_commit,
) -> int:
    """Store an author and return the id.

    Raises:
        AuthorNameTaken: when another author has the name or one of the variants.
        ValidationFailed: when the author died before being born.
        TokenRevoked: the account of ``user_id`` is deleted.
    """
    hold_account(session, user_id)
    author = Author(**Change(CREATED, user_id).columns())
    variants = variants_beside(values["name"], values.get("variants", ()))
    _assign(author, _columns(values))
    session.add(author)
    with constraint_errors(CONFLICTS):
        session.flush()
        insert_variants(session, author.id, variants)
    author_id = author.id
    before_commit(author_id)
    session.commit()
    return author_id


def update_author(
    session: DatabaseSession,
    user_id: int,
    author_id: int,
    values: Mapping[str, Any],
    *,
    if_match: IfMatch,
    kind: str = UPDATED,
) -> None:
    """Change the members of an author that ``values`` holds; None clears one. The books follow in the same transaction.

    What stays the same makes no new version.

    ``kind`` is what the new version of the author is called.

    Raises:
        NothingToUpdate: ``values`` is empty.
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorNameTaken: when another author has the name or one of the variants.
        ValidationFailed: when the author died before being born.
    """
    hold_account(session, user_id)
    # Locked before the books: whoever copies the name into a book holds this row, too.
    author = session.get(Author, author_id, with_for_update=True)
    if author is None:
        raise AuthorNotFound
    if not values:
        raise NothingToUpdate
    if_match.check(author.version)
    before = variants_of(session, author_id) if "variants" in values else []
    variants = variants_beside(values.get("name", author.name), values.get("variants", before))
    changed = {name: value for name, value in _columns(values).items() if value != getattr(author, name)}
    if changed or variants != before:
        book_ids = _books_that_follow(session, author_id) if "name" in changed or variants != before else []
        archive_authors(session, [author_id])
        if "name" in changed:
            archive_in_batches(session, book_ids)
        _assign(author, {**changed, **Change(kind, user_id).columns()})
        with constraint_errors(CONFLICTS):
            if variants != before:
                # They may be all that changes.
                flag_modified(author, "sort_name")
            # A variant that becomes the name is none from here on, see models.AuthorName.
            session.flush()
            if variants != before:
                session.execute(delete(AuthorName).where(AuthorName.author_id == author_id, AuthorName.position > 0))
                insert_variants(session, author_id, variants)
        renew_author_columns(session, book_ids, Change(AUTHOR_CHANGED, user_id) if "name" in changed else None)
    session.commit()


def _books_that_follow(session: DatabaseSession, author_id: int) -> Sequence[int]:
    """Return the ids of the books that show or search the names of an author."""
    of_author = select(BookAuthor.book_id).distinct().where(BookAuthor.author_id == author_id)
    return session.execute(of_author).scalars().all()


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "variants"}


def _assign(author: Author, values: Mapping[str, Any]) -> None:
    """Set the columns of ``author`` that ``values`` holds, and those that follow from them."""
    for name, value in values.items():
        setattr(author, name, value)
    if "name" in values:
        author.name_normalized, author.name_key = identity(author.name), sort_key(author.name)
    if "sort_name" in values:
        author.sort_name_key = None if author.sort_name is None else sort_key(author.sort_name)
    if author.born and author.died and comes_before(author.died, author.born):
        raise ValidationFailed(details={"died": ["Must not be before born."]})


def delete_author(session: DatabaseSession, user_id: int, author_id: int, *, if_match: IfMatch) -> None:
    """Remove an author whom no book names. What is needed to restore the author is kept.

    Raises:
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorInUse: when books name the author, in whatever role.
    """
    hold_account(session, user_id)
    version = session.execute(
        select(Author.version).where(Author.id == author_id).with_for_update()
    ).scalar_one_or_none()
    if version is None:
        raise AuthorNotFound
    if_match.check(version)
    archive_authors(session, [author_id])
    set_aside_author(session, author_id, user_id)
    # The constraint decides: a book that takes the author at this moment holds the row until it is stored.
    with constraint_errors({"fk_book_authors_author_id": AuthorInUse}):
        session.execute(delete(Author).where(Author.id == author_id))
    session.commit()
