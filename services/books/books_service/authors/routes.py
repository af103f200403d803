"""The addresses of authors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from books_service import limits
from books_service.authors import operations, queries
from books_service.authors.filters import author_conditions
from books_service.authors.representation import author_representation, author_tag
from books_service.authors.schemas import (
    AuthorCreateSchema,
    AuthorFieldsQuerySchema,
    AuthorQuerySchema,
    AuthorSchema,
    AuthorUpdateSchema,
    SparseAuthorSchema,
)
from books_service.books import queries as book_queries
from books_service.books.pages import books_page
from books_service.books.schemas import BookSubsetQuerySchema, SparseBookSchema
from books_service.extensions import db
from books_service.facets.schemas import FacetsMembersSchema
from servicekit.access import PUBLIC, access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import requested_if_match
from servicekit.lists import ListPage, ListPaginationSchema, list_request
from servicekit.pagination import sort_keys
from servicekit.sparse import sparse

blueprint = Blueprint("authors", __name__, url_prefix="/api/v1/authors", description="Whom books name as their makers.")


@blueprint.route("")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(AuthorQuerySchema, location="query")
@blueprint.response(200, SparseAuthorSchema(many=True), pagination=ListPaginationSchema)
def list_authors(arguments: dict[str, Any]) -> ListPage:
    """List authors by their sort names unless a sort is given

    Sorts are sort_name (the name where there is none), name, created_at, updated_at and id.
    """
    order = sort_keys(arguments, queries.SORTS, queries.BY_SORT_NAME)
    page = queries.list_authors(db.session, author_conditions(arguments), order, list_request(arguments))
    return page.mapped(sparse(author_representation, arguments))


@blueprint.route("", methods=["POST"])
@access("books:curate")
@limits.writes
@blueprint.arguments(AuthorCreateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, AuthorSchema)
def create_author(values: dict[str, Any]) -> Response:
    """Add an author whom no book names yet

    Authors that books name are added with them; only the name is required.
    """
    user_id = current_principal().user_id
    return answer_once(
        lambda keep: operations.create_author(db.session, user_id, values, before_commit=keep),
        lambda author_id: _answer(author_id, {"Location": f"/api/v1/authors/{author_id}"}),
    )


@blueprint.route("/<id:author_id>")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(AuthorFieldsQuerySchema, location="query")
@blueprint.alt_response(308, response="Failure")
@blueprint.response(200, SparseAuthorSchema)
def show_author(arguments: dict[str, Any], author_id: int) -> Answer:
    """Show an author

    The ETag names its version, for If-Match. For one who was merged into another, 308 leads to that one.
    """
    author = queries.get_author(db.session, author_id)
    return Answer(sparse(author_representation, arguments)(author), headers={"ETag": author_tag(author)})


@blueprint.route("/<id:author_id>/books")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(BookSubsetQuerySchema, location="query")
@blueprint.alt_response(308, response="Failure")
@blueprint.response(200, SparseBookSchema(many=True), pagination=ListPaginationSchema, members=FacetsMembersSchema)
def list_author_books(arguments: dict[str, Any], author_id: int) -> ListPage:
    """List the books of an author, newest first unless a sort is given

    Sorts are those of the list of all books.
    """
    order = sort_keys(arguments, book_queries.SORTS, book_queries.NEWEST_FIRST)
    queries.get_author(db.session, author_id)
    return books_page(db.session, [queries.books_of(author_id)], order, arguments)


@blueprint.route("/<id:author_id>", methods=["PUT"])
@access("books:curate")
@limits.writes
@blueprint.arguments(AuthorUpdateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, AuthorSchema)
def update_author(values: dict[str, Any], author_id: int) -> Answer:
    """Change an author; the books show the new name at once

    What was read can be sent back. With If-Match, only the version that it names is changed.
    """
    return _update(author_id, values)


@blueprint.route("/<id:author_id>", methods=["PATCH"])
@access("books:curate")
@limits.writes
@blueprint.arguments(AuthorUpdateSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, AuthorSchema)
def patch_author(values: dict[str, Any], author_id: int) -> Answer:
    """Change an author by JSON Merge Patch (RFC 7396); the books show the new name at once

    With If-Match, only the version that it names is changed.
    """
    return _update(author_id, values)


@blueprint.route("/<id:author_id>", methods=["DELETE"])
@access("books:admin")
@limits.writes
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_author(author_id: int) -> None:
    """Delete an author whom no book names

    Answers author_in_use while a book does, in whatever role. With If-Match, only the version that it names is deleted.
    """
    operations.delete_author(db.session, current_principal().user_id, author_id, if_match=requested_if_match())


def _update(author_id: int, values: dict[str, Any]) -> Answer:
    operations.update_author(db.session, current_principal().user_id, author_id, values, if_match=requested_if_match())
    return _answer(author_id)


def _answer(author_id: int, headers: Mapping[str, str] | None = None) -> Answer:
    shown = author_representation(queries.get_author(db.session, author_id))
    return Answer(shown, headers={"ETag": shown["etag"], **(headers or {})})
