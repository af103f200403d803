"""The addresses of works."""

from __future__ import annotations

from typing import Any

from flask import Response

from books_service import limits
from books_service.books import queries as book_queries
from books_service.books.pages import books_page
from books_service.books.schemas import BookSubsetQuerySchema, SparseBookSchema
from books_service.extensions import db
from books_service.facets.schemas import FacetsMembersSchema
from books_service.search_words import search_words
from books_service.works import operations, queries
from books_service.works.representation import work_address, work_representation
from books_service.works.schemas import WorkCreateSchema, WorkQuerySchema, WorkSchema, WorkUpdateSchema
from servicekit.access import PUBLIC, access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import requested_if_match
from servicekit.lists import ListPage, ListPaginationSchema, list_request
from servicekit.pagination import sort_keys

blueprint = Blueprint("works", __name__, url_prefix="/api/v1/works", description="What editions are editions of.")

NEWEST_EDITION_FIRST = "-year"


@blueprint.route("")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(WorkQuerySchema, location="query")
@blueprint.response(200, WorkSchema(many=True), pagination=ListPaginationSchema)
def list_works(arguments: dict[str, Any]) -> ListPage:
    """List works by title unless a sort is given

    Sorts are title, created_at, updated_at and id.
    """
    order = sort_keys(arguments, queries.SORTS, queries.BY_TITLE)
    words = search_words(arguments.get("search", ""))
    return queries.list_works(db.session, words, order, list_request(arguments)).mapped(work_representation)


@blueprint.route("", methods=["POST"])
@access("books:curate")
@limits.writes
@blueprint.arguments(WorkCreateSchema)
@blueprint.response(201, WorkSchema)
def create_work(values: dict[str, Any]) -> Response:
    """Add a work

    A book becomes one of its editions by the `work_id` of the book.
    """
    return answer_once(
        lambda keep: operations.create_work(db.session, values, before_commit=keep),
        lambda work_id: _answer(work_id, {"Location": work_address(work_id)}),
    )


@blueprint.route("/<id:work_id>")
@access(PUBLIC)
@limits.reads
@blueprint.response(200, WorkSchema)
def show_work(work_id: int) -> Answer:
    """Show a work

    The ETag names its version, for If-Match.
    """
    return _answer(work_id)


@blueprint.route("/<id:work_id>/books")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(BookSubsetQuerySchema, location="query")
@blueprint.response(200, SparseBookSchema(many=True), pagination=ListPaginationSchema, members=FacetsMembersSchema)
def list_work_editions(arguments: dict[str, Any], work_id: int) -> ListPage:
    """List the editions of a work, the latest year first unless a sort is given

    Sorts are those of the list of all books.
    """
    order = sort_keys(arguments, book_queries.SORTS, NEWEST_EDITION_FIRST)
    queries.get_work(db.session, work_id)
    return books_page(db.session, [queries.editions_of(work_id)], order, arguments)


@blueprint.route("/<id:work_id>", methods=["PUT"])
@access("books:curate")
@limits.writes
@blueprint.arguments(WorkUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, WorkSchema)
def update_work(values: dict[str, Any], work_id: int) -> Answer:
    """Change a work

    What was read can be sent back. With If-Match, only the version that it names is changed.
    """
    return _update(work_id, values)


@blueprint.route("/<id:work_id>", methods=["PATCH"])
@access("books:curate")
@limits.writes
@blueprint.arguments(WorkUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, WorkSchema)
def patch_work(values: dict[str, Any], work_id: int) -> Answer:
    """Change a work by JSON Merge Patch (RFC 7396)

    With If-Match, only the version that it names is changed.
    """
    return _update(work_id, values)


@blueprint.route("/<id:work_id>", methods=["DELETE"])
@access("books:admin")
@limits.writes
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_work(work_id: int) -> None:
    """Delete a work; its editions stay and belong to none

    With If-Match, only the version that it names is deleted.
    """
    operations.delete_work(db.session, current_principal().user_id, work_id, if_match=requested_if_match())


def _update(work_id: int, values: dict[str, Any]) -> Answer:
    operations.update_work(db.session, work_id, values, if_match=requested_if_match())
    return _answer(work_id)


def _answer(work_id: int, headers: dict[str, str] | None = None) -> Answer:
    shown = work_representation(queries.get_work(db.session, work_id))
    return Answer(shown, headers={"ETag": shown["etag"], **(headers or {})})
