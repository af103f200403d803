"""The query parameter that asks for facets, and what the envelope then holds."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from books_service.facets.queries import FACETS, SHOWN
from servicekit.query_names import QueryNames
from servicekit.totals import ESTIMATE, EXACT


class FacetsQuerySchema(Schema):
    """What to count among the books of a list."""

    facets = QueryNames(FACETS, description="What to count among all books of the list, on whatever page.")


class FacetValueSchema(Schema):
    """What some books of a list have in common, and how many they are."""

    value = fields.Raw(required=True, metadata={"type": ["string", "integer"]})
    id = fields.Integer(metadata={"description": "Of an author."})
    count = fields.Integer(required=True)


FacetsSchema = Schema.from_dict(
    {
        name: fields.List(
            fields.Nested(FacetValueSchema),
            validate=validate.Length(max=SHOWN),
            metadata={"description": facet.description},
        )
        for name, facet in FACETS.items()
    },
    name="FacetsSchema",
)


class FacetsMembersSchema(Schema):
    """What a list holds besides its books when facets are asked for."""

    facets = fields.Nested(FacetsSchema, metadata={"description": "By name, the most frequent values first."})
    facets_are = fields.String(
        metadata={
            "enum": [EXACT, ESTIMATE],
            "description": "`estimate` when more books meet the filters than are counted: numbers from a sample.",
        }
    )
