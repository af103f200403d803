"""The addresses of reviews, on their own and below their books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from sqlalchemy import ColumnElement

from books_service import limits
from books_service.books.queries import get_book
from books_service.extensions import db
from books_service.reviews import operations, queries
from books_service.reviews.filters import BOOK_REVIEW_FILTERS, REVIEW_FILTERS
from books_service.reviews.models import Review
from books_service.reviews.representation import review_representation, review_tag
from books_service.reviews.schemas import (
    BookReviewsQuerySchema,
    ReviewCreateSchema,
    ReviewFieldsQuerySchema,
    ReviewQuerySchema,
    ReviewSchema,
    ReviewUpdateSchema,
    SparseReviewSchema,
)
from servicekit.access import PUBLIC, access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import requested_if_match
from servicekit.lists import ListPage, ListPaginationSchema, list_request
from servicekit.pagination import sort_keys
from servicekit.sparse import sparse

blueprint = Blueprint("reviews", __name__, url_prefix="/api/v1/reviews", description="What members think of books.")
of_books = Blueprint("book reviews", __name__, url_prefix="/api/v1/books", description="What members think of one.")


@of_books.route("/<id:book_id>/reviews")
@access(PUBLIC)
@limits.reads
@of_books.arguments(BookReviewsQuerySchema, location="query")
@of_books.alt_response(308, response="Failure")
@of_books.response(200, SparseReviewSchema(many=True), pagination=ListPaginationSchema)
def list_book_reviews(arguments: dict[str, Any], book_id: int) -> ListPage:
    """List the reviews of a book, newest first unless a sort is given

    Sorts are rating, created_at, updated_at and id.
    """
    page = _list(arguments, [Review.book_id == book_id, *BOOK_REVIEW_FILTERS.conditions(arguments)])
    if not page.items:
        get_book(db.session, book_id)
    return page


@of_books.route("/<id:book_id>/reviews", methods=["POST"])
@access("reviews:write")
@limits.writes
@of_books.arguments(ReviewCreateSchema)
@of_books.alt_response(409, response="Failure")
@of_books.response(201, ReviewSchema)
def create_review(values: dict[str, Any], book_id: int) -> Response:
    """Review a book, each member once

    Whoever has a review of the book changes that one. The book counts it at once.
    """
    user_id = current_principal().user_id
    return answer_once(
        lambda keep: operations.create_review(db.session, user_id, book_id, values, before_commit=keep),
        lambda review_id: _answer(review_id, {"Location": f"/api/v1/reviews/{review_id}"}),
    )


@blueprint.route("")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(ReviewQuerySchema, location="query")
@blueprint.response(200, SparseReviewSchema(many=True), pagination=ListPaginationSchema)
def list_reviews(arguments: dict[str, Any]) -> ListPage:
    """List reviews, of one member with user_id, newest first unless a sort is given

    Sorts are rating, created_at, updated_at and id.
    """
    return _list(arguments, REVIEW_FILTERS.conditions(arguments))


@blueprint.route("/<id:review_id>")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(ReviewFieldsQuerySchema, location="query")
@blueprint.response(200, SparseReviewSchema)
def show_review(arguments: dict[str, Any], review_id: int) -> Answer:
    """Show a review

    The ETag names its version, for If-Match.
    """
    review = queries.get_review(db.session, review_id)
    return Answer(sparse(review_representation, arguments)(review), headers={"ETag": review_tag(review)})


@blueprint.route("/<id:review_id>", methods=["PUT"])
@access("reviews:write")
@limits.writes
@blueprint.arguments(ReviewUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ReviewSchema)
def update_review(values: dict[str, Any], review_id: int) -> Answer:
    """Change a review of one's own; members that are absent stay

    What was read can be sent back. With If-Match, only the version that it names is changed.
    """
    return _update(review_id, values)


@blueprint.route("/<id:review_id>", methods=["PATCH"])
@access("reviews:write")
@limits.writes
@blueprint.arguments(ReviewUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ReviewSchema)
def patch_review(values: dict[str, Any], review_id: int) -> Answer:
    """Change a review of one's own by JSON Merge Patch (RFC 7396)

    With If-Match, only the version that it names is changed.
    """
    return _update(review_id, values)


@blueprint.route("/<id:review_id>", methods=["DELETE"])
@access("reviews:write")
@limits.writes
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_review(review_id: int) -> None:
    """Delete a review of one's own; holders of books:admin delete anybody's

    With If-Match, only the version that it names is deleted.
    """
    principal = current_principal()
    operations.delete_review(db.session, principal.user_id, principal.scopes, review_id, if_match=requested_if_match())


def _list(arguments: dict[str, Any], conditions: Sequence[ColumnElement[bool]]) -> ListPage:
    order = sort_keys(arguments, queries.SORTS, queries.NEWEST_FIRST)
    page = queries.list_reviews(db.session, conditions, order, list_request(arguments))
    return page.mapped(sparse(review_representation, arguments))


def _update(review_id: int, values: dict[str, Any]) -> Answer:
    operations.update_review(db.session, current_principal().user_id, review_id, values, if_match=requested_if_match())
    return _answer(review_id)


def _answer(review_id: int, headers: dict[str, str] | None = None) -> Answer:
    shown = review_representation(queries.get_review(db.session, review_id))
    return Answer(shown, headers={"ETag": shown["etag"], **(headers or {})})
