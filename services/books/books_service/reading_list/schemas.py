"""Requests for reading lists and their answers: shape, types and lengths."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.books.request_fields import OptionalText
from books_service.reading_list.models import MAXIMUM_NOTE_CHARACTERS
from books_service.reading_list.request_fields import Flag, PastDay
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import QueryFlag, QueryNumber, WholeNumber
from servicekit.lists import ListQuerySchema
from servicekit.read_back import ReadBackSchema


class ListedBookLinksSchema(Schema):
    """Where a book and what is said about it are."""

    self_ = fields.String(required=True, data_key="self")
    reviews = fields.String(required=True)


class ListedBookSchema(Schema):
    """The book of an entry."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)
    links = fields.Nested(ListedBookLinksSchema, required=True)


class EntryLinksSchema(Schema):
    """Where an entry and its book are."""

    self_ = fields.String(required=True, data_key="self")
    book = fields.String(required=True)


class EntrySchema(Schema):
    """A book in one's reading list."""

    id = fields.Integer(required=True)
    book = fields.Nested(ListedBookSchema, required=True)
    finished = fields.Boolean(required=True)
    note = fields.String(required=True, allow_none=True)
    started_on = fields.Date(required=True, allow_none=True)
    finished_on = fields.Date(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(EntryLinksSchema, required=True)


class EntryUpdateSchema(ReadBackSchema):
    """The members of an entry to change. What only the server sets may be sent back and is ignored.

    With `finished_on` the book is finished; `finished` false takes that day away.
    """

    id = fields.Integer(dump_only=True)
    book = fields.Nested(ListedBookSchema, dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(EntryLinksSchema, dump_only=True)
    finished = Flag()
    note = OptionalText(maximum=MAXIMUM_NOTE_CHARACTERS, multiline=True)
    started_on = PastDay()
    finished_on = PastDay()


class EntryCreateSchema(EntryUpdateSchema):
    """A new entry: only its book is required."""

    book_id = WholeNumber(minimum=1, maximum=MAXIMUM_ID, required=True)


class ReadingListQuerySchema(ListQuerySchema):
    """Which entries to list, and in which order."""

    finished = QueryFlag(metadata={"description": "Those of books that are finished, or that are not."})
    book_id = QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata={"description": "That of this book."})
