"""Requests for works and their answers: shape, types and lengths."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.books import bounds
from books_service.search_words import MAXIMUM_SEARCH_CHARACTERS, MAXIMUM_SEARCH_WORDS
from servicekit.fields import Text
from servicekit.lists import ListQuerySchema
from servicekit.read_back import ReadBackSchema


class WorkLinksSchema(Schema):
    """Where a work and its editions are."""

    self_ = fields.String(required=True, data_key="self")
    editions = fields.String(required=True)


class WorkSchema(Schema):
    """A work: what its editions, which are books, have in common."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    author = fields.String(
        required=True, allow_none=True, metadata={"description": "As the earliest edition shows it."}
    )
    first_year = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The earliest year of an edition."}
    )
    editions_count = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(WorkLinksSchema, required=True)


class WorkUpdateSchema(ReadBackSchema):
    """The members of a work to change. What only the server sets may be sent back and is ignored."""

    id = fields.Integer(dump_only=True)
    author = fields.String(dump_only=True, allow_none=True)
    first_year = fields.Integer(dump_only=True, allow_none=True)
    editions_count = fields.Integer(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(WorkLinksSchema, dump_only=True)
    title = Text(minimum=1, maximum=bounds.MAXIMUM_TITLE_CHARACTERS)


class WorkCreateSchema(WorkUpdateSchema):
    """A new work."""

    title = Text(minimum=1, maximum=bounds.MAXIMUM_TITLE_CHARACTERS, required=True)


class WorkQuerySchema(ListQuerySchema):
    """Which works to list, and in which order."""

    search = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        # Any white space stands between words.
        multiline=True,
        metadata={
            "description": "Every word must occur in the title; case and accents do not count, "
            f"at most {MAXIMUM_SEARCH_WORDS} words. Blank means no search; accents alone occur in none."
        },
    )
