"""The addresses of versions and deletions."""

from __future__ import annotations

from typing import Any

from books_service import limits
from books_service.authors import queries as author_queries
from books_service.authors.representation import author_representation
from books_service.authors.schemas import AuthorSchema
from books_service.books import queries as book_queries
from books_service.books.representation import book_representation
from books_service.books.schemas import BookSchema
from books_service.extensions import db
from books_service.history import operations, queries
from books_service.history.representation import (
    AUTHORS,
    BOOKS,
    Shown,
    deleted_author_representation,
    deleted_book_representation,
)
from books_service.history.schemas import (
    AuthorRevisionContentSchema,
    AuthorRevisionSchema,
    BookRevisionContentSchema,
    BookRevisionSchema,
    DeletedAuthorSchema,
    DeletedBookSchema,
)
from servicekit.access import PUBLIC, access, anonymous_or_principal, current_principal
from servicekit.blueprint import Answer, Blueprint, CursorPaginationSchema
from servicekit.cursors import CursorPage, CursorQuerySchema, cursor_request
from servicekit.entity_tags import requested_if_match

SEE_DELETED = "books:admin"

books = Blueprint(
    "book_history", __name__, url_prefix="/api/v1/books", description="What books were before, and deleted books."
)
authors = Blueprint(
    "author_history", __name__, url_prefix="/api/v1/authors", description="What authors were before, and deleted ones."
)


@books.route("/<id:book_id>/revisions")
@access(PUBLIC)
@limits.reads
@books.arguments(CursorQuerySchema, location="query")
@books.alt_response(308, response="Failure")
@books.response(200, BookRevisionSchema(many=True), pagination=CursorPaginationSchema)
def list_book_revisions(arguments: dict[str, Any], book_id: int) -> CursorPage:
    """List the versions of a book, the newest first

    Those of a deleted book are for holders of books:admin.
    """
    return _list_revisions(BOOKS, book_id, arguments)


@books.route("/<id:book_id>/revisions/<id:version>")
@access(PUBLIC)
@limits.reads
@books.response(200, BookRevisionContentSchema)
def show_book_revision(book_id: int, version: int) -> dict[str, Any]:
    """Show a book as it was in a version, and what that version changed

    Authors are shown under their names of then. A deleted book's versions are for holders of books:admin.
    """
    return _show_revision(BOOKS, book_id, version)


@books.route("/<id:book_id>/revisions/<id:version>/revert", methods=["POST"])
@access("books:write")
@limits.writes
@books.alt_response(409, response="Failure")
@books.alt_response(412, response="Failure")
@books.response(200, BookSchema)
def revert_book(book_id: int, version: int) -> Answer:
    """Make a book again what it was in a version, as a new version

    For who added the book, and for holders of books:curate. Authors keep the names that they have now. With If-Match,
    only the version that it names is changed.
    """
    principal = current_principal()
    operations.revert_book(
        db.session, principal.user_id, principal.scopes, book_id, version, if_match=requested_if_match()
    )
    return _book(book_id)


@books.route("/deleted")
@access(SEE_DELETED)
@limits.reads
@books.arguments(CursorQuerySchema, location="query")
@books.response(200, DeletedBookSchema(many=True), pagination=CursorPaginationSchema)
def list_deleted_books(arguments: dict[str, Any]) -> CursorPage:
    """List deleted books, the latest first"""
    return queries.list_deletions(db.session, BOOKS.entity, cursor_request(arguments)).mapped(
        deleted_book_representation
    )


@books.route("/<id:book_id>/restore", methods=["POST"])
@access(SEE_DELETED)
@limits.writes
@books.alt_response(409, response="Failure")
@books.response(200, BookSchema)
def restore_book(book_id: int) -> Answer:
    """Undo the deletion of a book

    It comes back under its id with its authors and what members had written of it, but for those who are gone.
    """
    operations.restore_book(db.session, current_principal().user_id, book_id)
    return _book(book_id)


@authors.route("/<id:author_id>/revisions")
@access(PUBLIC)
@limits.reads
@authors.arguments(CursorQuerySchema, location="query")
@authors.alt_response(308, response="Failure")
@authors.response(200, AuthorRevisionSchema(many=True), pagination=CursorPaginationSchema)
def list_author_revisions(arguments: dict[str, Any], author_id: int) -> CursorPage:
    """List the versions of an author, the newest first

    Those of a deleted author are for holders of books:admin.
    """
    return _list_revisions(AUTHORS, author_id, arguments)


@authors.route("/<id:author_id>/revisions/<id:version>")
@access(PUBLIC)
@limits.reads
@authors.response(200, AuthorRevisionContentSchema)
def show_author_revision(author_id: int, version: int) -> dict[str, Any]:
    """Show an author as of a version, and what that version changed

    Those of a deleted author are for holders of books:admin.
    """
    return _show_revision(AUTHORS, author_id, version)


@authors.route("/<id:author_id>/revisions/<id:version>/revert", methods=["POST"])
@access("books:curate")
@limits.writes
@authors.alt_response(409, response="Failure")
@authors.alt_response(412, response="Failure")
@authors.response(200, AuthorSchema)
def revert_author(author_id: int, version: int) -> Answer:
    """Make an author again what a version said, as a new version

    With If-Match, only the version that it names is changed.
    """
    operations.revert_author(db.session, current_principal().user_id, author_id, version, if_match=requested_if_match())
    return _author(author_id)


@authors.route("/deleted")
@access(SEE_DELETED)
@limits.reads
@authors.arguments(CursorQuerySchema, location="query")
@authors.response(200, DeletedAuthorSchema(many=True), pagination=CursorPaginationSchema)
def list_deleted_authors(arguments: dict[str, Any]) -> CursorPage:
    """List deleted authors, the latest first"""
    return queries.list_deletions(db.session, AUTHORS.entity, cursor_request(arguments)).mapped(
        deleted_author_representation
    )


@authors.route("/<id:author_id>/restore", methods=["POST"])
@access(SEE_DELETED)
@limits.writes
@authors.alt_response(409, response="Failure")
@authors.response(200, AuthorSchema)
def restore_author(author_id: int) -> Answer:
    """Undo the deletion of an author, who comes back under the same id"""
    operations.restore_author(db.session, current_principal().user_id, author_id)
    return _author(author_id)


def _list_revisions(shown: Shown, entity_id: int, arguments: dict[str, Any]) -> CursorPage:
    _require_sight(shown, entity_id)
    return queries.list_revisions(db.session, shown.entity, entity_id, cursor_request(arguments)).mapped(shown.revision)


def _show_revision(shown: Shown, entity_id: int, number: int) -> dict[str, Any]:
    _require_sight(shown, entity_id)
    return shown.revision_with_content(queries.get_revision(db.session, shown.entity, entity_id, number))


def _require_sight(shown: Shown, entity_id: int) -> None:
    """Let what is deleted be as if it had never been, but for those who may restore it."""
    principal = anonymous_or_principal()
    if queries.get_state(db.session, shown.entity, entity_id) == queries.DELETED and not (
        principal and principal.may(SEE_DELETED)
    ):
        raise shown.entity.not_found


def _book(book_id: int) -> Answer:
    shown = book_representation(book_queries.get_book(db.session, book_id))
    return Answer(shown, headers={"ETag": shown["etag"]})


def _author(author_id: int) -> Answer:
    shown = author_representation(author_queries.get_author(db.session, author_id))
    return Answer(shown, headers={"ETag": shown["etag"]})
