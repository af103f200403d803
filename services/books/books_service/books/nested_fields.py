"""Request fields of a book that are objects or texts: its series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from books_service.books.request_fields import OptionalText
from books_service.books.series import MAXIMUM_NUMBER_CHARACTERS, MAXIMUM_SERIES_CHARACTERS
from books_service.folding import collapse


class _SeriesName(OptionalText):
    def __init__(self) -> None:
        super().__init__(maximum=MAXIMUM_SERIES_CHARACTERS)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return collapse(super()._deserialize(value, attr, data, **kwargs) or "") or None


class _SeriesNumber(OptionalText):
    def __init__(self) -> None:
        super().__init__(maximum=MAXIMUM_NUMBER_CHARACTERS)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = f"{value:.12g}" if abs(value) < 10**6 else str(value)
        return collapse(super()._deserialize(value, attr, data, **kwargs) or "") or None


class _SeriesSchema(Schema):
    name = _SeriesName()
    number = _SeriesNumber()


# Making a schema costs many times what reading with it does.
_SERIES, _SERIES_NAME = _SeriesSchema(), _SeriesName()
_NOTHING = {"series_name": None, "series_number": None}


class SeriesField(fields.Field[dict[str, Any]]):
    """A series as columns of a book: a name, or an object with name and number; null is no series.

    Of an object only the members that are given count, as in a merge patch (RFC 7396).
    """

    def __init__(self, **kwargs: Any) -> None:
        name = {"type": "string", "maxLength": MAXIMUM_SERIES_CHARACTERS}
        number = {"type": ["string", "number", "null"], "maxLength": MAXIMUM_NUMBER_CHARACTERS}
        properties = {"name": {**name, "type": ["string", "null"]}, "number": number}
        as_object = {"type": "object", "properties": properties, "additionalProperties": False}
        description = "A name, or name and number; the number is any text, such as 1, 2.5 or 1-3."
        super().__init__(
            metadata={"oneOf": [name, as_object, {"type": "null"}], "description": description},
            allow_none=True,
            **kwargs,
        )

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the columns to change."""
        return dict(_NOTHING) if value is None else super().deserialize(value, *args, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        if isinstance(value, str):
            return {**_NOTHING, "series_name": _SERIES_NAME.deserialize(value)}
        if not isinstance(value, dict):
            raise ValidationError("Must be a name, an object with name and number, or null.")
        loaded = _SERIES.load(value)
        if "name" in loaded and loaded["name"] is None:
            if loaded.get("number") is not None:
                raise ValidationError({"name": ["A number needs the name of its series."]})
            return dict(_NOTHING)
        return {f"series_{member}": given for member, given in loaded.items()}
