"""Requests for merges and their answers: shape, types and lengths."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from books_service.merges.models import KINDS
from servicekit.arguments import MAXIMUM_ID
from servicekit.cursors import CursorQuerySchema
from servicekit.fields import QueryFlag, QueryNumber, WholeNumber


class MergeRequestSchema(Schema):
    """What to merge into."""

    into = WholeNumber(
        minimum=1, maximum=MAXIMUM_ID, required=True, metadata={"description": "The id of the one that stays."}
    )


class MergedSchema(Schema):
    """One of the two."""

    id = fields.Integer(required=True)
    name = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The title of a book. As of the merge; of the one that stayed as of now."},
    )


class MergeLinksSchema(Schema):
    """Where a merge is, the two of it, and where it is undone by POST."""

    self_ = fields.String(required=True, data_key="self")
    source = fields.String(required=True)
    into = fields.String(required=True)
    undo = fields.String(required=True)


_WHO = {"description": "The user; null when that account is deleted."}


class MergeSchema(Schema):
    """Something that became part of another."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    source = fields.Nested(MergedSchema, required=True)
    into = fields.Nested(MergedSchema, required=True)
    books_count = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Books that named the author; null for a book."}
    )
    merged_by = fields.Integer(required=True, allow_none=True, metadata=_WHO)
    merged_at = fields.DateTime(required=True)
    undone_by = fields.Integer(required=True, allow_none=True, metadata=_WHO)
    undone_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "Null while it stands."})
    links = fields.Nested(MergeLinksSchema, required=True)


class MergeQuerySchema(CursorQuerySchema):
    """Which merges to list."""

    kind = fields.String(validate=validate.OneOf(KINDS, error=f"Must be one of: {', '.join(KINDS)}."))
    source_id = QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata={"description": "Those of this source."})
    into_id = QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata={"description": "Those into this one."})
    undone = QueryFlag(metadata={"description": "Those that were undone, or those that stand."})
