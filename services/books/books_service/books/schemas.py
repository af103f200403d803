"""Requests for books and their answers: shape, types and lengths."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from books_service.authors.request_fields import Name
from books_service.books import bounds
from books_service.books.contributors import MAXIMUM_CONTRIBUTORS, ROLES
from books_service.books.filters import BOOK_FILTERS
from books_service.books.identifiers import BOOK_SCHEMES
from books_service.books.nested_fields import SeriesField
from books_service.books.request_fields import (
    ContributorItem,
    LanguageTag,
    OptionalText,
    WrittenIsbn,
    Year,
)
from books_service.covers.schemas import CoverSchema
from books_service.embeds.schemas import EmbeddedSchema, IncludeQuerySchema
from books_service.facets.schemas import FacetsMembersSchema, FacetsQuerySchema
from books_service.identifier_fields import IdentifierItem
from books_service.identifiers import MAXIMUM_IDENTIFIERS
from books_service.search.query import MAXIMUM_SEARCH_CHARACTERS
from books_service.search.schemas import SearchSchema
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import BoundedList, QueryFlag, Text, WholeNumber
from servicekit.filters import FilterQuerySchema
from servicekit.lists import ListQuerySchema
from servicekit.read_back import ReadBackSchema
from servicekit.sparse import FieldNames, sparse_schema

# What `author` shows of a book with many authors; it may be sent back.
MAXIMUM_DISPLAY_CHARACTERS = 5_200


class ContributorSchema(Schema):
    """An author of a book, or somebody else who made it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, metadata={"enum": list(ROLES)})
    links = fields.Dict(required=True, keys=fields.String(), values=fields.String())


class SeriesSchema(Schema):
    """The series that a book belongs to."""

    name = fields.String(required=True)
    number = fields.String(
        required=True, allow_none=True, metadata={"description": "Any text, such as 1, 2.5 or 1-3; null for none."}
    )


class IdentifierSchema(Schema):
    """How another catalogue knows a book."""

    scheme = fields.String(required=True, metadata={"description": "oclc, lccn, doi, or the name of any other."})
    value = fields.String(required=True, metadata={"description": "In the one spelling of its scheme."})


class BookListMembersSchema(FacetsMembersSchema):
    """What the envelope of a list of books holds besides."""

    search = fields.Nested(SearchSchema, metadata={"description": "With `search` only."})


class BookLinksSchema(Schema):
    """Where a book and its relations are."""

    self_ = fields.String(required=True, data_key="self")
    authors = fields.List(fields.String(), required=True)
    work = fields.String(required=True, allow_none=True)
    editions = fields.String(
        required=True, allow_none=True, metadata={"description": "All books of the same work, this one too."}
    )
    reviews = fields.String(required=True)


class ReviewFiguresSchema(Schema):
    """What members say of a book, in figures."""

    count = fields.Integer(required=True)
    average = fields.Float(
        required=True, allow_none=True, metadata={"description": "Of their ratings, 1 to 5; null without any."}
    )


class BookSchema(Schema):
    """A book."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    subtitle = fields.String(required=True, allow_none=True)
    author = fields.String(
        required=True, allow_none=True, metadata={"description": "The authors as one text; null for a work without."}
    )
    authors = fields.List(fields.Nested(ContributorSchema), required=True)
    isbn = fields.String(required=True, allow_none=True, metadata={"description": "ISBN-13, digits only."})
    isbn_10 = fields.String(required=True, allow_none=True, metadata={"description": "Null for prefix 979."})
    year = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    publisher = fields.String(required=True, allow_none=True)
    description = fields.String(required=True, allow_none=True)
    subjects = fields.List(fields.String(), required=True)
    series = fields.Nested(SeriesSchema, required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(IdentifierSchema), required=True)
    work_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of which work the book is an edition."}
    )
    page_count = fields.Integer(required=True, allow_none=True)
    average_rating = fields.Float(required=True, allow_none=True)
    ratings_count = fields.Integer(required=True, allow_none=True)
    reviews = fields.Nested(ReviewFiguresSchema, required=True)
    cover = fields.Nested(CoverSchema, required=True, allow_none=True)
    created_by = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The user who added it; null for an import, and when that account is deleted."},
    )
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(BookLinksSchema, required=True)
    embedded = fields.Nested(EmbeddedSchema, metadata={"description": "What `include` asks for."})


class BookUpdateSchema(ReadBackSchema):
    """The members of a book to change; null clears one. What only the server sets may be sent back and is ignored."""

    id = fields.Integer(dump_only=True)
    isbn_10 = fields.String(dump_only=True, allow_none=True)
    average_rating = fields.Float(dump_only=True, allow_none=True)
    ratings_count = fields.Integer(dump_only=True, allow_none=True)
    reviews = fields.Nested(ReviewFiguresSchema, dump_only=True)
    cover = fields.Nested(CoverSchema, dump_only=True, allow_none=True)
    created_by = fields.Integer(dump_only=True, allow_none=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(BookLinksSchema, dump_only=True)
    embedded = fields.Nested(EmbeddedSchema, dump_only=True)
    title = Text(minimum=1, maximum=bounds.MAXIMUM_TITLE_CHARACTERS)
    subtitle = OptionalText(maximum=bounds.MAXIMUM_SUBTITLE_CHARACTERS)
    author = Name(
        maximum=MAXIMUM_DISPLAY_CHARACTERS,
        allow_none=True,
        metadata={"description": "One name of 1 to 100 characters, in place of `authors`; or what the book shows."},
    )
    authors = BoundedList(
        ContributorItem(),
        maximum=MAXIMUM_CONTRIBUTORS,
        allow_none=True,
        metadata={"description": "In the order shown; role is author where none is given."},
    )
    isbn = WrittenIsbn(allow_none=True)
    year = Year(allow_none=True)
    language = LanguageTag(allow_none=True)
    publisher = OptionalText(maximum=bounds.MAXIMUM_PUBLISHER_CHARACTERS)
    description = OptionalText(maximum=bounds.MAXIMUM_DESCRIPTION_CHARACTERS, multiline=True)
    subjects = BoundedList(
        Text(minimum=1, maximum=bounds.MAXIMUM_SUBJECT_CHARACTERS), maximum=bounds.MAXIMUM_SUBJECTS, allow_none=True
    )
    series = SeriesField()
    identifiers = BoundedList(
        IdentifierItem(BOOK_SCHEMES),
        maximum=MAXIMUM_IDENTIFIERS,
        allow_none=True,
        metadata={
            "description": "Scheme and value, or scheme:value; numbers of OCLC and LCCN and DOIs in any spelling."
        },
    )
    work_id = WholeNumber(minimum=1, maximum=MAXIMUM_ID, allow_none=True)
    page_count = WholeNumber(minimum=1, maximum=bounds.MAXIMUM_PAGES, allow_none=True)

    @post_load
    def _no_list_is_null(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "authors" in data:
            data["authors"] = data["authors"] or []
        if "subjects" in data:
            data["subjects"] = list(dict.fromkeys(data["subjects"] or []))
        if "identifiers" in data:
            data["identifiers"] = list(dict.fromkeys(data["identifiers"] or []))
        data.update(data.pop("series", {}))
        return data


class BookCreateSchema(BookUpdateSchema):
    """A new book: only its title is required."""

    title = Text(minimum=1, maximum=bounds.MAXIMUM_TITLE_CHARACTERS, required=True)


SparseBookSchema = sparse_schema(BookSchema)


class FoundBookSchema(SparseBookSchema):  # type: ignore[misc, valid-type]  # made at run time
    """A book of a list."""

    highlights = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "With `highlights=true`: the texts that hold words of the search, of title, subtitle, "
            "series, authors, publisher, subjects and description, as HTML with the words in `<mark>`."
        },
    )


class BookFieldsQuerySchema(IncludeQuerySchema):
    """Which members of one book to show."""

    shown = FieldNames(BookSchema)


class BookSubsetQuerySchema(ListQuerySchema, IncludeQuerySchema, FacetsQuerySchema):
    """In which order to list some books, and what to show of them."""

    shown = FieldNames(BookSchema)


class _BookSearchQuerySchema(FilterQuerySchema, IncludeQuerySchema, FacetsQuerySchema):
    search = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        # Any white space stands between words.
        multiline=True,
        metadata={
            "description": 'Words, "phrases", beginnings*, -exclusions, ISBNs, and words of one field: `title:`, '
            "`author:`, `subject:`, `publisher:`, `series:`, `isbn:`, `lang:`, `year:1990..2000`. All of them must be "
            "met; case and accents do not count. Misspelt words are corrected when nothing is found otherwise. "
            "Blank finds nothing."
        },
    )
    highlights = QueryFlag(
        load_default=False, metadata={"description": "Show in each book what of it answers `search`."}
    )
    shown = FieldNames(BookSchema)


BookQuerySchema = BOOK_FILTERS.schema(_BookSearchQuerySchema)
