"""Request fields that take exactly what the contract says, where marshmallow's own are more forgiving."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


class Text(fields.String):
    """Text in NFC without surrounding white space and without control characters.

    Args:
        minimum, maximum: length in characters after trimming.
        multiline: allow line feeds and tabs.
        trim: remove surrounding white space (not for passwords).
    """

    def __init__(
        self, *, minimum: int = 0, maximum: int, multiline: bool = False, trim: bool = True, **kwargs: Any
    ) -> None:
        metadata = {**kwargs.pop("metadata", {}), "minLength": minimum, "maxLength": maximum}
        super().__init__(metadata=metadata, **kwargs)
        self.minimum, self.maximum, self.multiline, self.trim = minimum, maximum, multiline, trim

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        # PostgreSQL cannot store NUL, and no other control character belongs in what people read.
        allowed = "\n\r\t" if self.multiline else ""
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text):
            raise ValidationError("Control characters are not allowed.")
        if self.trim:
            text = unicodedata.normalize("NFC", text).strip()
        if not self.minimum <= len(text) <= self.maximum:
            raise ValidationError(f"Must be {self.minimum} to {self.maximum} characters long.")
        return text


class WholeNumber(fields.Integer):
    """A JSON integer within bounds; true, "5" and 5.0 are refused.

    Args:
        minimum, maximum: the inclusive bounds.
    """

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Any) -> None:
        metadata = {**kwargs.pop("metadata", {}), "minimum": minimum, "maximum": maximum}
        super().__init__(metadata=metadata, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a whole number.")
        return self._within_bounds(value)

    def _within_bounds(self, number: int) -> int:
        if not self.minimum <= number <= self.maximum:
            raise ValidationError(f"Must be from {self.minimum} to {self.maximum}.")
        return number


class QueryNumber(WholeNumber):
    """A whole number in a query string: ASCII digits with an optional minus sign, nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+", value):
            raise ValidationError("Not a whole number.")
        if not WHOLE_NUMBER.fullmatch(value):
            raise ValidationError(f"Must be from {self.minimum} to {self.maximum}.")
        return self._within_bounds(int(value))


class QueryFlag(fields.Boolean):
    """A boolean filter: true/false, 1/0 or yes/no in any case."""

    truthy = {"true", "1", "yes"}
    falsy = {"false", "0", "no"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(value.lower() if isinstance(value, str) else value, attr, data, **kwargs)
