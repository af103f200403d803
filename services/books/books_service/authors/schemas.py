"""Requests for authors and their answers: shape, types and lengths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.folding import collapse
from books_service.search_words import MAXIMUM_SEARCH_CHARACTERS, MAXIMUM_SEARCH_WORDS
from servicekit.fields import Text
from servicekit.pagination import SortQuerySchema
from servicekit.read_back import ReadBackSchema


class Name(Text):
    """The name of an author, its white space collapsed."""

    def __init__(self, *, maximum: int = MAXIMUM_NAME_CHARACTERS, **kwargs: Any) -> None:
        super().__init__(minimum=1, maximum=maximum, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return collapse(super()._deserialize(value, attr, data, **kwargs))


class AuthorLinksSchema(Schema):
    """Where an author and the author's books are."""

    self_ = fields.String(required=True, data_key="self")
    books = fields.String(required=True)


class AuthorSchema(Schema):
    """An author."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    books_count = fields.Integer(required=True, metadata={"description": "Books contributed to, in whatever role."})
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(AuthorLinksSchema, required=True)


class AuthorUpdateSchema(ReadBackSchema):
    """The members of an author to change. What only the server sets may be sent back and is ignored."""

    id = fields.Integer(dump_only=True)
    books_count = fields.Integer(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(AuthorLinksSchema, dump_only=True)
    name = Name()


class AuthorQuerySchema(SortQuerySchema):
    """Which authors to list, and in which order."""

    search = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        # Any white space stands between words.
        multiline=True,
        metadata={
            "description": "Every word must occur in the name; case and accents do not count, "
            f"at most {MAXIMUM_SEARCH_WORDS} words. Blank means no search; accents alone occur in none."
        },
    )
