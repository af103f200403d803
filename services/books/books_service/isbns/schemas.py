"""A look-up of many ISBNs and its answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.books.schemas import BookSchema
from books_service.isbns.lookup import MAXIMUM_ISBNS, STATUSES
from servicekit.fields import BoundedList


class IsbnLookupQuerySchema(Schema):
    """The ISBNs to look up."""

    isbns = BoundedList(
        fields.String(),
        maximum=MAXIMUM_ISBNS,
        required=True,
        metadata={"description": "In any written form, with 10 or 13 digits."},
    )


class IsbnLookupResultSchema(Schema):
    """What is known of one ISBN."""

    isbn = fields.String(required=True, metadata={"description": "As it was sent."})
    isbn_13 = fields.String(required=True, allow_none=True, metadata={"description": "Null for what is no ISBN."})
    status = fields.String(
        required=True,
        metadata={"enum": list(STATUSES), "description": "unknown: an ISBN that no book here has."},
    )
    problem = fields.String(required=True, allow_none=True, metadata={"description": "Why it is invalid."})
    book = fields.Nested(BookSchema, required=True, allow_none=True)


class IsbnLookupSchema(Schema):
    """The results, one for each ISBN that was sent, in that order."""

    results = fields.List(fields.Nested(IsbnLookupResultSchema), required=True)
