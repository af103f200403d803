"""Requests for suggestions and their answers: shape, types and lengths."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from books_service.duplicates import authors, books
from books_service.duplicates.likeness import HIGHEST, LOWEST
from books_service.duplicates.queries import RECORDS_A_PAGE
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import QueryNumber

DEFAULT_LOWEST_SCORE = 50


class DuplicatesQuerySchema(Schema):
    """Which suggestions to list."""

    record_id: fields.Field[Any]
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before; the first page has none."})
    lowest_score = QueryNumber(
        minimum=LOWEST,
        maximum=HIGHEST,
        load_default=DEFAULT_LOWEST_SCORE,
        data_key="score.from",
        metadata={"description": "From which score on, the score included."},
    )

    @validates_schema
    def _one_or_all(self, data: dict[str, Any], **_: Any) -> None:
        if "cursor" in data and "record_id" in data:
            raise ValidationError("Cannot be given for one record, which has no further page.", "cursor")


class AuthorDuplicatesQuerySchema(DuplicatesQuerySchema):
    """Which suggestions of authors to list."""

    record_id = QueryNumber(
        minimum=1, maximum=MAXIMUM_ID, data_key="author_id", metadata={"description": "Those for this author alone."}
    )


class BookDuplicatesQuerySchema(DuplicatesQuerySchema):
    """Which suggestions of books to list."""

    record_id = QueryNumber(
        minimum=1, maximum=MAXIMUM_ID, data_key="book_id", metadata={"description": "Those for this book alone."}
    )


class DuplicatesPaginationSchema(Schema):
    """How the walk goes on; a page without suggestions need not be the last one."""

    per_page = fields.Integer(
        required=True, metadata={"description": f"Records looked at for this page, {RECORDS_A_PAGE} at most."}
    )
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "The `cursor` of the next page, null on the last."}
    )
    has_next = fields.Boolean(required=True)


class SuggestedAuthorSchema(Schema):
    """One of two authors."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    born = fields.String(required=True, allow_none=True)
    died = fields.String(required=True, allow_none=True)
    books_count = fields.Integer(required=True)


class SuggestedBookSchema(Schema):
    """One of two books."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    subtitle = fields.String(required=True, allow_none=True)
    author = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    isbn_13 = fields.String(required=True, allow_none=True)


class DuplicateLinksSchema(Schema):
    """Where the two are, and where the source is merged by POST."""

    source = fields.String(required=True)
    into = fields.String(required=True)
    merge = fields.String(required=True)


class _DuplicateSchema(Schema):
    score = fields.Integer(
        required=True, metadata={"description": "From 1, hardly one, to 100.", "minimum": LOWEST, "maximum": HIGHEST}
    )
    links = fields.Nested(DuplicateLinksSchema, required=True)


def _told(codes: Any, what: str) -> fields.List[Any]:
    return fields.List(
        fields.String(metadata={"enum": list(codes)}), required=True, metadata={"description": f"What speaks {what}."}
    )


class AuthorDuplicateSchema(_DuplicateSchema):
    """Two authors who may be one."""

    reasons = _told(authors.REASONS, "for it")
    doubts = _told(authors.DOUBTS, "against it")
    source = fields.Nested(SuggestedAuthorSchema, required=True)
    into = fields.Nested(SuggestedAuthorSchema, required=True)


class BookDuplicateSchema(_DuplicateSchema):
    """Two books that may be one."""

    reasons = _told(books.REASONS, "for it")
    doubts = _told(books.DOUBTS, "against it")
    source = fields.Nested(SuggestedBookSchema, required=True)
    into = fields.Nested(SuggestedBookSchema, required=True)
