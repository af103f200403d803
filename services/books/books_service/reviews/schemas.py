"""Requests for reviews and their answers: shape, types and lengths."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from books_service.books.request_fields import OptionalText
from books_service.reviews.filters import BOOK_REVIEW_FILTERS, REVIEW_FILTERS
from books_service.reviews.models import HIGHEST_RATING, LOWEST_RATING, MAXIMUM_REVIEW_CHARACTERS
from servicekit.fields import WholeNumber
from servicekit.filters import FilterQuerySchema
from servicekit.read_back import ReadBackSchema
from servicekit.sparse import FieldNames, sparse_schema


class BookBriefSchema(Schema):
    """The book that something is about."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)


class ReviewerSchema(Schema):
    """Who wrote a review."""

    id = fields.Integer(required=True)
    name = fields.String(
        required=True, allow_none=True, metadata={"description": "Null for who has given neither name nor username."}
    )


class ReviewLinksSchema(Schema):
    """Where a review and its relations are."""

    self_ = fields.String(required=True, data_key="self")
    book = fields.String(required=True)
    reviews = fields.String(required=True, metadata={"description": "All reviews of the book."})
    reviewer = fields.String(required=True, metadata={"description": "All reviews of who wrote this one."})


class ReviewSchema(Schema):
    """A review."""

    id = fields.Integer(required=True)
    book = fields.Nested(BookBriefSchema, required=True)
    reviewer = fields.Nested(ReviewerSchema, required=True)
    rating = fields.Integer(required=True)
    text = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(ReviewLinksSchema, required=True)


def _rating(**kwargs: Any) -> WholeNumber:
    return WholeNumber(minimum=LOWEST_RATING, maximum=HIGHEST_RATING, **kwargs)


class ReviewUpdateSchema(ReadBackSchema):
    """The members of a review to change. What only the server sets may be sent back and is ignored."""

    id = fields.Integer(dump_only=True)
    book = fields.Nested(BookBriefSchema, dump_only=True)
    reviewer = fields.Nested(ReviewerSchema, dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(ReviewLinksSchema, dump_only=True)
    rating = _rating()
    text = OptionalText(maximum=MAXIMUM_REVIEW_CHARACTERS, multiline=True)


class ReviewCreateSchema(ReviewUpdateSchema):
    """A new review: only its rating is required."""

    rating = _rating(required=True)


SparseReviewSchema = sparse_schema(ReviewSchema)


class ReviewFieldsQuerySchema(Schema):
    """Which members of one review to show."""

    shown = FieldNames(ReviewSchema)


class _ReviewListQuerySchema(FilterQuerySchema):
    shown = FieldNames(ReviewSchema)


ReviewQuerySchema = REVIEW_FILTERS.schema(_ReviewListQuerySchema)
BookReviewsQuerySchema = BOOK_REVIEW_FILTERS.schema(_ReviewListQuerySchema)
