"""The addresses of merges, and what the addresses of merged authors and books answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for

from books_service import limits
from books_service.authors.errors import AuthorNotFound
from books_service.books.errors import BookNotFound
from books_service.extensions import db
from books_service.merges import operations, queries
from books_service.merges.errors import AlreadyMerged, Merged
from books_service.merges.models import AUTHOR, BOOK
from books_service.merges.representation import merge_representation
from books_service.merges.schemas import MergeQuerySchema, MergeRequestSchema, MergeSchema
from servicekit.access import access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint, CursorPaginationSchema
from servicekit.cursors import CursorPage, cursor_request
from servicekit.database import SAFE_METHODS
from servicekit.envelope import ApiError, render_error
from servicekit.pagination import MAXIMUM_LINK_CHARACTERS

blueprint = Blueprint("merges", __name__, url_prefix="/api/v1/merges", description="Records that became one.")
of_authors = Blueprint("author merges", __name__, url_prefix="/api/v1/authors", description="Two that are one.")

of_books = Blueprint("book merges", __name__, url_prefix="/api/v1/books", description="Two that are one edition.")


@of_authors.route("/<id:author_id>/merge", methods=["POST"])
@access("books:curate")
@limits.writes
@of_authors.arguments(MergeRequestSchema)
@of_authors.alt_response(409, response="Failure")
@of_authors.response(201, MergeSchema)
def merge_author(values: dict[str, Any], author_id: int) -> Response:
    """Merge an author into another one, who is the same

    Books name the other one from here on and the names become variants. Identifiers move, too; dates and biography
    where the other one has none. Whoever asks for the old id is sent on (308); a change by the old id is refused with
    already_merged, because it was not meant for the other one.
    """
    user_id = current_principal().user_id
    return answer_once(
        lambda keep: operations.merge_author(db.session, user_id, author_id, values["into"], before_commit=keep),
        lambda merge_id: _answer(merge_id, {"Location": f"/api/v1/merges/{merge_id}"}),
    )


@of_books.route("/<id:book_id>/merge", methods=["POST"])
@access("books:curate")
@limits.writes
@of_books.arguments(MergeRequestSchema)
@of_books.alt_response(409, response="Failure")
@of_books.response(201, MergeSchema)
def merge_book(values: dict[str, Any], book_id: int) -> Response:
    """Merge a book into another one, which is the same edition

    Reviews and reading lists name the other one from here on; of a member who has both, that of the other one counts.
    The other one keeps title, subtitle and contributors, and takes over what it lacks. Two with different ISBNs are two
    editions: 409. Whoever asks for the old id is sent on (308); a change by the old id is refused with already_merged.
    """
    user_id = current_principal().user_id
    return answer_once(
        lambda keep: operations.merge_book(db.session, user_id, book_id, values["into"], before_commit=keep),
        lambda merge_id: _answer(merge_id, {"Location": f"/api/v1/merges/{merge_id}"}),
    )


@blueprint.route("")
@access("books:curate")
@limits.reads
@blueprint.arguments(MergeQuerySchema, location="query")
@blueprint.response(200, MergeSchema(many=True), pagination=CursorPaginationSchema)
def list_merges(arguments: dict[str, Any]) -> CursorPage:
    """List merges, the newest first, also those that were undone"""
    conditions = queries.merge_conditions(arguments)
    return queries.list_merges(db.session, conditions, cursor_request(arguments)).mapped(merge_representation)


@blueprint.route("/<id:merge_id>")
@access("books:curate")
@limits.reads
@blueprint.response(200, MergeSchema)
def show_merge(merge_id: int) -> Answer:
    """Show a merge"""
    return _answer(merge_id)


@blueprint.route("/<id:merge_id>/undo", methods=["POST"])
@access("books:curate")
@limits.writes
@blueprint.alt_response(409, response="Failure")
@blueprint.response(200, MergeSchema)
def undo_merge(merge_id: int) -> Answer:
    """Undo a merge: what moved moves back, under the old id

    Refused with the reason where that has changed since.
    """
    operations.undo_merge(db.session, current_principal().user_id, merge_id)
    return _answer(merge_id)


@blueprint.app_errorhandler(AuthorNotFound)
def send_on_to_author(error: AuthorNotFound) -> Response:
    """Answer for an author who may have been merged, whatever was asked of it."""
    return _send_on(error, AUTHOR, "author_id")


@blueprint.app_errorhandler(BookNotFound)
def send_on_to_book(error: BookNotFound) -> Response:
    """Answer for a book that may have been merged, whatever was asked of it."""
    return _send_on(error, BOOK, "book_id")


def _send_on(error: ApiError, kind: str, argument: str) -> Response:
    asked_for = request.view_args or {}
    gone_id = asked_for.get(argument)
    successor = gone_id and queries.find_successor(db.session, kind, gone_id)
    if not successor:
        return render_error(error)
    if request.method not in SAFE_METHODS:
        return render_error(AlreadyMerged(details={argument: [f"Merged into {successor}."]}))
    if len(asked_for) > 1:
        # What has a number of its own below the one, such as a version, is not what has it below the other.
        return render_error(error)
    # It may be undone, and a redirection of this kind is kept by caches that are told nothing (RFC 9110, 15.4.9).
    return render_error(Merged(headers={"Location": _address_with(argument, successor), "Cache-Control": "no-cache"}))


def _address_with(argument: str, successor: int) -> str:
    address = url_for(str(request.endpoint), **{**(request.view_args or {}), argument: successor})
    query = urlencode(list(request.args.items(multi=True)))
    # More than proxies take in a header has only numbers with thousands of zeros.
    return f"{address}?{query}" if query and len(query) <= MAXIMUM_LINK_CHARACTERS else address


def _answer(merge_id: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer(merge_representation(queries.get_merge(db.session, merge_id)), headers=headers or {})
