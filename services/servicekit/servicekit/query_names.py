"""Lists of names in a query string, such as ``include=authors,reviews``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from marshmallow import ValidationError, fields

from servicekit.filters import listed_values


class QueryNames(fields.Field[list[str]]):
    """Some of the names in ``allowed``, separated by commas; as a list without repetitions, empty for a blank text."""

    def __init__(self, allowed: Collection[str], *, description: str) -> None:
        names = sorted(allowed)
        self._allowed = frozenset(names)
        self._problem = f"Must be made of: {', '.join(names)}."
        super().__init__(
            load_default=list,
            metadata={
                "type": "string",
                "description": f"{description} Separated by commas, any of: {', '.join(names)}.",
            },
        )

    def _deserialize(self, value: Any, *_args: Any, **_options: Any) -> list[str]:
        names = list(dict.fromkeys(listed_values(value)))
        if names == [""]:
            return []
        if not self._allowed.issuperset(names):
            raise ValidationError(self._problem)
        return names
