"""The addresses where likely duplicates are suggested."""

from __future__ import annotations

from typing import Any

from books_service import limits
from books_service.duplicates.representation import author_suggestion, book_suggestion
from books_service.duplicates.schemas import (
    AuthorDuplicateSchema,
    AuthorDuplicatesQuerySchema,
    BookDuplicateSchema,
    BookDuplicatesQuerySchema,
    DuplicatesPaginationSchema,
)
from books_service.duplicates.suggestions import suggest_authors, suggest_books
from books_service.extensions import db
from servicekit.access import access
from servicekit.blueprint import Blueprint
from servicekit.cursors import CursorPage

of_authors = Blueprint(
    "author duplicates", __name__, url_prefix="/api/v1/authors/duplicates", description="Authors who may be one."
)
of_books = Blueprint(
    "book duplicates", __name__, url_prefix="/api/v1/books/duplicates", description="Books that may be one."
)


@of_authors.route("")
@access("books:curate")
@limits.reads
@of_authors.arguments(AuthorDuplicatesQuerySchema, location="query")
@of_authors.alt_response(404, response="Failure")
@of_authors.response(200, AuthorDuplicateSchema(many=True), pagination=DuplicatesPaginationSchema)
def list_author_duplicates(arguments: dict[str, Any]) -> CursorPage:
    """List authors who may be one, with a score, reasons and doubts

    For one author by author_id, or for all in pages by cursor: each page looks at a number of authors and lists what it
    finds for them, the likeliest first, so that it may be empty and not the last. Two whose merge was undone are left
    out.
    """
    return suggest_authors(db.session, *_asked(arguments)).mapped(author_suggestion)


@of_books.route("")
@access("books:curate")
@limits.reads
@of_books.arguments(BookDuplicatesQuerySchema, location="query")
@of_books.alt_response(404, response="Failure")
@of_books.response(200, BookDuplicateSchema(many=True), pagination=DuplicatesPaginationSchema)
def list_book_duplicates(arguments: dict[str, Any]) -> CursorPage:
    """List books that may be one, with a score, reasons and doubts

    For one book by book_id, or for all in pages by cursor, as with authors. Two that have an ISBN each are editions,
    which may belong to one work, more often than duplicates.
    """
    return suggest_books(db.session, *_asked(arguments)).mapped(book_suggestion)


def _asked(arguments: dict[str, Any]) -> tuple[int | None, str | None, int]:
    return arguments.get("record_id"), arguments.get("cursor"), arguments["lowest_score"]
