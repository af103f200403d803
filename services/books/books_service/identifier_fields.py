"""Request fields of identifiers, and how answers show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from books_service.identifiers import (
    MAXIMUM_SCHEME_CHARACTERS,
    MAXIMUM_WRITTEN_CHARACTERS,
    IdentifierMalformed,
    Schemes,
)
from servicekit.fields import Text


class _IdentifierSchema(Schema):
    scheme = Text(minimum=1, maximum=MAXIMUM_SCHEME_CHARACTERS, required=True)
    value = Text(minimum=1, maximum=MAXIMUM_WRITTEN_CHARACTERS, required=True)


# Making a schema costs many times what reading with it does.
_IDENTIFIER, _WRITTEN = _IdentifierSchema(), Text(minimum=1, maximum=MAXIMUM_WRITTEN_CHARACTERS)


class IdentifierItem(fields.Field[str]):
    """An identifier as it is stored: an object with scheme and value, or ``scheme:value``."""

    def __init__(self, schemes: Schemes, **kwargs: Any) -> None:
        text = {"type": "string", "minLength": 1, "maxLength": MAXIMUM_WRITTEN_CHARACTERS}
        scheme = {"type": "string", "minLength": 1, "maxLength": MAXIMUM_SCHEME_CHARACTERS}
        properties = {"scheme": scheme, "value": text}
        as_object = {"type": "object", "properties": properties, "required": ["scheme", "value"]}
        super().__init__(metadata={"oneOf": [text, {**as_object, "additionalProperties": False}]}, **kwargs)
        self.schemes = schemes

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            if isinstance(value, str):
                return self.schemes.parse(_WRITTEN.deserialize(value))
            if not isinstance(value, dict):
                raise ValidationError("Must be an object with scheme and value, or scheme:value.")
            loaded = _IDENTIFIER.load(value)
            return self.schemes.normalise(loaded["scheme"], loaded["value"])
        except IdentifierMalformed as error:
            raise ValidationError({error.member: [str(error)]}) from error


class QueryIdentifier(Text):
    """An identifier to look for, ``scheme:value`` in any spelling."""

    def __init__(self, schemes: Schemes) -> None:
        description = f"scheme:value, such as {schemes.examples}, in any spelling."
        super().__init__(minimum=1, maximum=MAXIMUM_WRITTEN_CHARACTERS, metadata={"description": description})
        self.schemes = schemes

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return self.schemes.parse(super()._deserialize(value, attr, data, **kwargs))
        except IdentifierMalformed as error:
            raise ValidationError(str(error)) from error
