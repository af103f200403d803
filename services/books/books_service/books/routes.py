"""The addresses of books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, current_app

from books_service import limits
from books_service.books import operations, queries
from books_service.books.filters import book_conditions
from books_service.books.isbn import IsbnMalformed, IsbnWrong, normalise
from books_service.books.pages import shown_page
from books_service.books.representation import book_representation
from books_service.books.schemas import (
    BookCreateSchema,
    BookFieldsQuerySchema,
    BookListMembersSchema,
    BookQuerySchema,
    BookSchema,
    BookUpdateSchema,
    FoundBookSchema,
    SparseBookSchema,
)
from books_service.embeds.representation import EMBEDDED, embedding
from books_service.extensions import db
from books_service.search.highlights import with_highlights
from books_service.search.listing import RELEVANCE, list_by_relevance
from books_service.search.matching import match
from servicekit.access import PUBLIC, access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import requested_if_match
from servicekit.envelope import ValidationFailed
from servicekit.lists import ListPage, ListPaginationSchema, list_request
from servicekit.pagination import sort_keys
from servicekit.sparse import sparse

blueprint = Blueprint("books", __name__, url_prefix="/api/v1/books", description="The catalogue.")


@blueprint.route("")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(BookQuerySchema, location="query")
@blueprint.response(200, FoundBookSchema(many=True), pagination=ListPaginationSchema, members=BookListMembersSchema)
def list_books(arguments: dict[str, Any]) -> ListPage:
    """List books, or search them

    Newest first unless a sort is given; what a search finds, the best first. Sorts are relevance (of a search, by
    itself), title, author, year, series (with the number in it), created_at, updated_at, id, average_rating,
    ratings_count, review_average and reviews_count; books without a value come last in both directions.
    """
    filters, request = book_conditions(arguments), list_request(arguments)
    if "search" not in arguments:
        order = sort_keys(arguments, queries.SORTS, queries.NEWEST_FIRST)
        return shown_page(db.session, queries.list_books(db.session, filters, order, request), filters, arguments)
    found = match(db.session, arguments["search"])
    conditions = [*found.conditions, *filters]
    if arguments.get("sort", RELEVANCE) == RELEVANCE:
        page = list_by_relevance(db.session, found, filters, request)
    else:
        order = sort_keys(arguments, queries.SORTS, RELEVANCE)
        page = queries.list_books(db.session, conditions, order, request)
    shown = shown_page(db.session, replace(page, more={"search": found.envelope()}), conditions, arguments)
    return with_highlights(found.query, page.items, shown) if arguments["highlights"] else shown


@blueprint.route("", methods=["POST"])
@access("books:write")
@limits.writes
@blueprint.arguments(BookCreateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, BookSchema)
def create_book(values: dict[str, Any]) -> Response:
    """Add a book

    Anonymous works have no author; only the title is required.
    """
    user_id, isbn_check = current_principal().user_id, _isbn_check()
    return answer_once(
        lambda keep: operations.create_book(db.session, user_id, values, isbn_check, before_commit=keep),
        lambda saved: _saved(saved, {"Location": f"/api/v1/books/{saved.book_id}"}),
    )


@blueprint.route("/<id:book_id>")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(BookFieldsQuerySchema, location="query")
@blueprint.alt_response(308, response="Failure")
@blueprint.response(200, SparseBookSchema)
def show_book(arguments: dict[str, Any], book_id: int) -> Answer:
    """Show a book

    The ETag names its version, for If-Match. For one that was merged into another, 308 leads to that one.
    """
    return _part(queries.get_book(db.session, book_id), arguments)


@blueprint.route("/isbn/<isbn>")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(BookFieldsQuerySchema, location="query")
@blueprint.response(200, SparseBookSchema)
def show_book_by_isbn(arguments: dict[str, Any], isbn: str) -> Answer:
    """Show the book with an ISBN

    The ISBN may be written in any form, with 10 or 13 digits.
    """
    try:
        isbn_13 = normalise(isbn)
    except (IsbnMalformed, IsbnWrong) as error:
        raise ValidationFailed(details={"isbn": [str(error)]}) from error
    return _part(queries.get_book_by_isbn(db.session, isbn_13), arguments)


@blueprint.route("/<id:book_id>", methods=["PUT"])
@access("books:write")
@limits.writes
@blueprint.arguments(BookUpdateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, BookSchema)
def update_book(values: dict[str, Any], book_id: int) -> Answer:
    """Change a book; members that are absent stay

    For who added the book, and for holders of books:curate. What was read can be sent back. With If-Match, only the
    version that it names is changed.
    """
    return _update(book_id, values)


@blueprint.route("/<id:book_id>", methods=["PATCH"])
@access("books:write")
@limits.writes
@blueprint.arguments(BookUpdateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, BookSchema)
def patch_book(values: dict[str, Any], book_id: int) -> Answer:
    """Change a book by JSON Merge Patch (RFC 7396)

    For who added the book, and for holders of books:curate. With If-Match, only the version that it names is changed.
    """
    return _update(book_id, values)


@blueprint.route("/<id:book_id>", methods=["DELETE"])
@access("books:admin")
@limits.writes
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_book(book_id: int) -> None:
    """Delete a book; its authors stay

    With If-Match, only the version that it names is deleted.
    """
    operations.delete_book(db.session, current_principal().user_id, book_id, if_match=requested_if_match())


def _update(book_id: int, values: dict[str, Any]) -> Answer:
    principal = current_principal()
    saved = operations.update_book(
        db.session,
        principal.user_id,
        principal.scopes,
        book_id,
        values,
        _isbn_check(),
        if_match=requested_if_match(),
    )
    return _saved(saved)


def _saved(saved: operations.Saved, headers: dict[str, str] | None = None) -> Answer:
    return _answer(queries.get_book(db.session, saved.book_id), saved.message, headers)


def _answer(book: Mapping[str, Any], message: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    shown = book_representation(book)
    return Answer(shown, message, {"ETag": shown["etag"], **(headers or {})})


def _part(book: Mapping[str, Any], arguments: Mapping[str, Any]) -> Answer:
    shown = embedding(db.session, [book], arguments["include"])(book)
    return Answer(sparse(dict, arguments, always=EMBEDDED)(shown), headers={"ETag": shown["etag"]})


def _isbn_check() -> str:
    check: str = current_app.config["SERVICE"].isbn_check
    return check
