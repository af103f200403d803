"""Answers of which there are several kinds, each with a schema of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields


class OneOfSchema(Schema):
    """Documents an answer that exactly one of ``alternatives`` describes; it neither loads nor dumps anything.

    The alternatives must differ in their required members, or an answer would fit two of them.
    """

    alternatives: ClassVar[tuple[type[Schema], ...]] = ()


class OneOfField(fields.Field[Any]):
    """A member of a documented answer that exactly one of ``schemas`` describes.

    Args:
        schemas: the classes of the alternatives.
    """

    def __init__(self, schemas: tuple[type[Schema], ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schemas = schemas


def one_of_properties(converter: Any, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Return what the OpenAPI document says of a ``OneOfField``, nothing of others.

    It is an attribute function of apispec, which calls it for every field.
    """
    if not isinstance(field, OneOfField):
        return {}
    return {"oneOf": [converter.resolve_nested_schema(schema) for schema in field.schemas]}
