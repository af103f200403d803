"""What a search says about itself."""

from __future__ import annotations

from marshmallow import Schema, fields


class SearchSchema(Schema):
    """How a search was read."""

    corrected_to = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The text that was searched for in place of one that finds nothing."},
    )
    did_you_mean = fields.String(
        required=True, allow_none=True, metadata={"description": "Another text, which finds what may be meant."}
    )
