"""Request fields that take exactly what the contract says, where marshmallow's own are more forgiving."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from marshmallow import ValidationError, fields

WHOLE_NUMBER = re.compile(r"(-?)([0-9]+)")
WRITTEN_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
# More digits than any bound of ours has; int() of thousands is slow and at some length refused.
MAXIMUM_DIGITS = 18
# PostgreSQL cannot store NUL, UTF-8 no surrogates, and no other control character belongs in what people read.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROL_EXCEPT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# As many code points as one character of NFC can be decomposed into.
MAXIMUM_DECOMPOSITION = 4
WRITTEN_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)


class Text(fields.String):
    """Text without control characters, in NFC and without surrounding white space unless ``trim`` is off.

    Args:
        minimum, maximum: length in characters after trimming.
        multiline: allow line breaks and tabs.
        trim: remove surrounding white space and normalise; off for passwords, which are taken as they are.
    """

    def __init__(
        self, *, minimum: int = 0, maximum: int, multiline: bool = False, trim: bool = True, **kwargs: Any
    ) -> None:
        metadata = {**kwargs.pop("metadata", {}), "minLength": minimum, "maxLength": maximum}
        super().__init__(metadata=metadata, **kwargs)
        self.minimum, self.maximum, self.multiline, self.trim = minimum, maximum, multiline, trim

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if (CONTROL_EXCEPT_BREAKS if self.multiline else CONTROL).search(text):
            raise ValidationError("Control characters are not allowed.")
        if self.trim:
            text = text.strip()
            # Normalising takes time that grows with the square of a run of combining characters.
            if len(text) <= self.maximum * MAXIMUM_DECOMPOSITION:
                text = unicodedata.normalize("NFC", text)
        if not self.minimum <= len(text) <= self.maximum:
            raise ValidationError(f"Must be {self.minimum} to {self.maximum} characters long.")
        return text


class BoundedList(fields.List[Any]):
    """A list of at most ``maximum`` items, which are not looked at when there are more."""

    def __init__(self, item: Any, *, maximum: int, **kwargs: Any) -> None:
        super().__init__(item, metadata={**kwargs.pop("metadata", {}), "maxItems": maximum}, **kwargs)
        self.maximum = maximum

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.maximum:
            raise ValidationError(f"Must hold at most {self.maximum} items.")
        items: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        return items


class WholeNumber(fields.Integer):
    """A JSON integer within bounds of at most 18 digits; true, "5" and 5.0 are refused.

    Args:
        minimum, maximum: the inclusive bounds.
    """

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Any) -> None:
        metadata = {**kwargs.pop("metadata", {}), "minimum": minimum, "maximum": maximum}
        super().__init__(metadata=metadata, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a whole number.")
        return self._within_bounds(value)

    def _within_bounds(self, number: int) -> int:
        if not self.minimum <= number <= self.maximum:
            raise ValidationError(f"Must be from {self.minimum} to {self.maximum}.")
        return number


class QueryNumber(WholeNumber):
    """A whole number in a query string: ASCII digits with an optional minus sign, nothing else.

    Args:
        clamp: read a number above ``maximum`` as ``maximum``.
    """

    def __init__(self, *, clamp: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clamp = clamp
        if clamp:
            self.metadata = {name: value for name, value in self.metadata.items() if name != "maximum"}

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> int:
        written = WHOLE_NUMBER.fullmatch(value) if isinstance(value, str) else None
        if written is None:
            raise ValidationError("Not a whole number.")
        sign, digits = written.groups()
        number = int(sign + (digits.lstrip("0") or "0")[: MAXIMUM_DIGITS + 1])
        return self._within_bounds(min(number, self.maximum) if self.clamp else number)


class QueryDecimal(fields.Float):
    """A number in a query string, with or without a decimal point, from 0 to ``maximum``."""

    def __init__(self, *, maximum: int, **kwargs: Any) -> None:
        super().__init__(metadata={**kwargs.pop("metadata", {}), "minimum": 0, "maximum": maximum}, **kwargs)
        self.maximum = maximum

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> float:
        if not isinstance(value, str) or WRITTEN_DECIMAL.fullmatch(value) is None:
            raise ValidationError("Not a number.")
        number = float(value)
        if number > self.maximum:
            raise ValidationError(f"Must be from 0 to {self.maximum}.")
        return number


class QueryFlag(fields.Boolean):
    """A boolean filter: true/false, 1/0 or yes/no in any case."""

    truthy = {"true", "1", "yes"}
    falsy = {"false", "0", "no"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(value.lower() if isinstance(value, str) else value, attr, data, **kwargs)


class QueryTime(fields.AwareDateTime):
    """A moment in a query string (ISO 8601): a date, or date and time with ``Z`` or an offset.

    Args:
        end_of_day: read a date as its last microsecond in UTC, as suits a bound that is included; else as its first.
    """

    def __init__(self, *, end_of_day: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "A date, or date and time with Z or an offset (ISO 8601)."})
        super().__init__(**kwargs)
        self.end_of_day = end_of_day

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> datetime:
        written = WRITTEN_TIME.fullmatch(value) if isinstance(value, str) else None
        problem = "Not a date, nor date and time with Z or an offset."
        if written is None:
            raise ValidationError(problem)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(problem) from error
        if written.group(2) is not None:
            try:
                # PostgreSQL does not take every offset that Python does.
                return moment.astimezone(UTC)
            except OverflowError as error:
                raise ValidationError(problem) from error
        return datetime.combine(moment, time.max if self.end_of_day else time.min, UTC)


class QueryPeriod(fields.Field[tuple[datetime, datetime]]):
    """A moment, or a day in UTC, as its first and last microsecond."""

    def __init__(self, **kwargs: Any) -> None:
        description = "A day in UTC, or date and time with Z or an offset (ISO 8601)."
        super().__init__(metadata={"type": "string", "description": description}, **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> tuple[datetime, datetime]:
        return _FIRST_MOMENT.deserialize(value), _LAST_MOMENT.deserialize(value)


_FIRST_MOMENT, _LAST_MOMENT = QueryTime(), QueryTime(end_of_day=True)
