"""Request fields that know what an author is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError

from books_service.authors import dates
from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.folding import collapse
from servicekit.fields import Text


class Name(Text):
    """The name of an author, its white space collapsed."""

    def __init__(self, *, maximum: int = MAXIMUM_NAME_CHARACTERS, **kwargs: Any) -> None:
        super().__init__(minimum=1, maximum=maximum, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return collapse(super()._deserialize(value, attr, data, **kwargs))


class LifeDate(Text):
    """A date of a life in its one spelling; a year may be a number."""

    def __init__(self, **kwargs: Any) -> None:
        description = "1564, 1564-04 or 1564-04-23; negative before our era; ? for uncertain or ~ for about may follow."
        metadata = {"description": description, "type": ["string", "integer"]}
        super().__init__(minimum=1, maximum=dates.MAXIMUM_WRITTEN_CHARACTERS, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= dates.MAXIMUM_YEAR:
            value = str(value)
        written = super()._deserialize(value, attr, data, **kwargs)
        try:
            return dates.normalise_date(written, datetime.now(UTC).year)
        except dates.DateMalformed as error:
            raise ValidationError(str(error)) from error
