"""Requests for authors and their answers: shape, types and lengths."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from books_service.authors.filters import AUTHOR_FILTERS
from books_service.authors.identifiers import AUTHOR_SCHEMES
from books_service.authors.names import MAXIMUM_VARIANTS
from books_service.authors.request_fields import LifeDate, Name
from books_service.identifier_fields import IdentifierItem
from books_service.identifiers import MAXIMUM_IDENTIFIERS
from books_service.search_words import MAXIMUM_SEARCH_CHARACTERS, MAXIMUM_SEARCH_WORDS
from servicekit.fields import BoundedList, Text
from servicekit.filters import FilterQuerySchema
from servicekit.read_back import ReadBackSchema
from servicekit.sparse import FieldNames, sparse_schema

MAXIMUM_BIOGRAPHY_CHARACTERS = 2_000


class AuthorIdentifierSchema(Schema):
    """How another catalogue or register knows an author."""

    scheme = fields.String(required=True, metadata={"description": "viaf, isni, orcid, wikidata, or any other name."})
    value = fields.String(required=True, metadata={"description": "In the one spelling of its scheme."})


class AuthorLinksSchema(Schema):
    """Where an author and the author's books are."""

    self_ = fields.String(required=True, data_key="self")
    books = fields.String(required=True)


class AuthorSchema(Schema):
    """An author."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    sort_name = fields.String(
        required=True, allow_none=True, metadata={"description": "Under which lists have the author; null for `name`."}
    )
    variants = fields.List(
        fields.String(), required=True, metadata={"description": "Other names; a book that gives one is the author's."}
    )
    born = fields.String(required=True, allow_none=True)
    died = fields.String(required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(AuthorIdentifierSchema), required=True)
    biography = fields.String(required=True, allow_none=True)
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
    sort_name = Name(
        allow_none=True, metadata={"description": "Such as `Orwell, George`; null lets lists go by the name."}
    )
    variants = BoundedList(
        Name(),
        maximum=MAXIMUM_VARIANTS,
        allow_none=True,
        metadata={"description": "Other names of the author, which no other author has; the name itself is left out."},
    )
    born = LifeDate(allow_none=True)
    died = LifeDate(allow_none=True)
    identifiers = BoundedList(
        IdentifierItem(AUTHOR_SCHEMES),
        maximum=MAXIMUM_IDENTIFIERS,
        allow_none=True,
        metadata={"description": "Scheme and value, or scheme:value; VIAF, ISNI, ORCID and Wikidata in any spelling."},
    )
    biography = Text(maximum=MAXIMUM_BIOGRAPHY_CHARACTERS, multiline=True, allow_none=True)

    @post_load
    def _no_list_is_null(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        for member in ("variants", "identifiers"):
            if member in data:
                data[member] = list(dict.fromkeys(data[member] or []))
        if "biography" in data:
            data["biography"] = data["biography"] or None
        return data


class AuthorCreateSchema(AuthorUpdateSchema):
    """A new author: only the name is required."""

    name = Name(required=True)


SparseAuthorSchema = sparse_schema(AuthorSchema)


class AuthorFieldsQuerySchema(Schema):
    """Which members of one author to show."""

    shown = FieldNames(AuthorSchema)


class _AuthorSearchQuerySchema(FilterQuerySchema):
    search = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        # Any white space stands between words.
        multiline=True,
        metadata={
            "description": "Every word must occur in one of the names; case and accents do not count, "
            f"at most {MAXIMUM_SEARCH_WORDS} words. Blank means no search; accents alone occur in none."
        },
    )
    shown = FieldNames(AuthorSchema)


AuthorQuerySchema = AUTHOR_FILTERS.schema(_AuthorSearchQuerySchema)
