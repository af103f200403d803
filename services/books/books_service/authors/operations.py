"""Changing authors. Each operation is one transaction and ends with its commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm.attributes import flag_modified

from books_service.authors.dates import comes_before
from books_service.authors.errors import AuthorInUse, AuthorNameTaken, AuthorNotFound
from books_service.authors.models import Author, AuthorName
from books_service.authors.names import identity, variants_beside
from books_service.authors.queries import variants_of
from books_service.books.models import BookAuthor
from books_service.books.rewriting import renew_author_columns
from books_service.folding import sort_key
from servicekit.database import BeforeCommit, DatabaseSession, constraint_errors, just_commit
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate, ValidationFailed

_CONFLICTS = {"uq_authors_name_normalized": AuthorNameTaken, "uq_author_names_name_normalized": AuthorNameTaken}


def create_author(
    session: DatabaseSession, values: Mapping[str, Any], *, before_commit: BeforeCommit[int] = just_commit
) -> int:
    """Store an author and return the id.

    Raises:
        AuthorNameTaken: when another author has the name or one of the variants.
        ValidationFailed: when the author died before being born.
    """
    author = Author()
    variants = _assign(author, values, ())
    session.add(author)
    with constraint_errors(_CONFLICTS):
        session.flush()
        _insert_variants(session, author.id, variants)
    author_id = author.id
    before_commit(author_id)
    session.commit()
    return author_id


def update_author(session: DatabaseSession, author_id: int, values: Mapping[str, Any], *, if_match: IfMatch) -> None:
    """Change the members of an author that ``values`` holds; None clears one. The books follow in the same transaction.

    What stays the same makes no new version.

    Raises:
        NothingToUpdate: ``values`` is empty.
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorNameTaken: when another author has the name or one of the variants.
        ValidationFailed: when the author died before being born.
    """
    # Locked before the books: whoever copies the name into a book holds this row, too.
    author = session.get(Author, author_id, with_for_update=True)
    if author is None:
        raise AuthorNotFound
    if not values:
        raise NothingToUpdate
    if_match.check(author.version)
    before = variants_of(session, author_id) if "variants" in values else []
    name_before = author.name
    variants = _assign(author, values, before)
    with constraint_errors(_CONFLICTS):
        if variants != before:
            # They may be all that changes.
            flag_modified(author, "sort_name")
        # A variant that becomes the name is none from here on, see models.AuthorName.
        session.flush()
        if variants != before:
            session.execute(delete(AuthorName).where(AuthorName.author_id == author_id, AuthorName.position > 0))
            _insert_variants(session, author_id, variants)
    if author.name != name_before or variants != before:
        book_ids = session.execute(select(BookAuthor.book_id).distinct().where(BookAuthor.author_id == author_id))
        renew_author_columns(session, book_ids.scalars().all(), new_version=author.name != name_before)
    session.commit()


def _assign(author: Author, values: Mapping[str, Any], variants: Sequence[str]) -> list[str]:
    """Give ``author`` what ``values`` holds and return the variants; those that the author has are ``variants``."""
    for member, value in values.items():
        if member != "variants" and value != getattr(author, member):
            setattr(author, member, value)
    if "name" in values:
        author.name_normalized, author.name_key = identity(author.name), sort_key(author.name)
    if "sort_name" in values:
        author.sort_name_key = None if author.sort_name is None else sort_key(author.sort_name)
    if author.born and author.died and comes_before(author.died, author.born):
        raise ValidationFailed(details={"died": ["Must not be before born."]})
    return variants_beside(author.name, values.get("variants", variants))


def _insert_variants(session: DatabaseSession, author_id: int, variants: Sequence[str]) -> None:
    if not variants:
        return
    rows = [
        {
            "author_id": author_id,
            "position": position,
            "name": name,
            "name_normalized": identity(name),
            "name_key": sort_key(name),
        }
        for position, name in enumerate(variants, start=1)
    ]
    # In one order for everybody who adds names, or two could wait for each other.
    session.execute(insert(AuthorName.__table__), sorted(rows, key=itemgetter("name_normalized")))


def delete_author(session: DatabaseSession, author_id: int, *, if_match: IfMatch) -> None:
    """Remove an author whom no book names.

    Raises:
        AuthorNotFound: when there is no such author.
        PreconditionFailed: ``if_match`` names another version of the author.
        AuthorInUse: when books name the author, in whatever role.
    """
    version = session.execute(
        select(Author.version).where(Author.id == author_id).with_for_update()
    ).scalar_one_or_none()
    if version is None:
        raise AuthorNotFound
    if_match.check(version)
    # The constraint decides: a book that takes the author at this moment holds the row until it is stored.
    with constraint_errors({"fk_book_authors_author_id": AuthorInUse}):
        session.execute(delete(Author).where(Author.id == author_id))
    session.commit()
