"""The query parameter that embeds, and what is embedded."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.embeds.registry import EMBEDS
from servicekit.query_names import QueryNames


class IncludeQuerySchema(Schema):
    """What to show inside each book."""

    include = QueryNames(EMBEDS, description="What to show inside each book, as its member `embedded`.")


EmbeddedSchema = Schema.from_dict(
    {
        name: fields.List(fields.Nested(embed.schema), metadata={"description": embed.description})
        for name, embed in EMBEDS.items()
    },
    name="EmbeddedSchema",
)
