"""Request fields that know what a book is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from books_service.authors.names import MAXIMUM_NAME_CHARACTERS
from books_service.authors.request_fields import Name
from books_service.books import isbn
from books_service.books.bounds import EARLIEST_YEAR, latest_year
from books_service.books.contributors import AUTHOR, ROLES, Contributor
from books_service.books.languages import MAXIMUM_TAG_CHARACTERS, LanguageUnknown, normalise_language
from servicekit.fields import Text, WholeNumber

ISBN_BEGINNING = re.compile("[0-9]{1,13}")


class OptionalText(Text):
    """Text that may be absent: null and blank are the same."""

    def __init__(self, *, maximum: int, **kwargs: Any) -> None:
        super().__init__(maximum=maximum, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs) or None


class LanguageTag(Text):
    """A language tag in its standard spelling."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"description": "BCP 47, such as en, en-US or grc; eng is read as en.", **kwargs.pop("metadata", {})}
        super().__init__(minimum=1, maximum=MAXIMUM_TAG_CHARACTERS, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return normalise_language(super()._deserialize(value, attr, data, **kwargs))
        except LanguageUnknown as error:
            raise ValidationError(str(error)) from error


class WrittenIsbn(Text):
    """Ten or thirteen digits in any written form, kept as written: what a wrong check digit means is a setting."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"description": "10 or 13 digits, hyphens and spaces allowed.", **kwargs.pop("metadata", {})}
        super().__init__(minimum=1, maximum=isbn.MAXIMUM_WRITTEN_CHARACTERS, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        written = super()._deserialize(value, attr, data, **kwargs)
        try:
            isbn.normalise(written)
        except isbn.IsbnMalformed as error:
            raise ValidationError(str(error)) from error
        except isbn.IsbnWrong:
            pass
        return written


class QueryIsbn(WrittenIsbn):
    """An ISBN to look for, normalised; one that cannot be is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return isbn.normalise(super()._deserialize(value, attr, data, **kwargs))
        except isbn.IsbnWrong as error:
            raise ValidationError(str(error)) from error


class IsbnBeginning(Text):
    """The first digits of an ISBN-13, of one publisher perhaps; hyphens and spaces are left out."""

    def __init__(self) -> None:
        metadata = {"description": "The first digits of the ISBN-13; hyphens and spaces are allowed."}
        super().__init__(minimum=1, maximum=isbn.MAXIMUM_WRITTEN_CHARACTERS, metadata=metadata)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        digits = super()._deserialize(value, attr, data, **kwargs).replace("-", "").replace(" ", "")
        if ISBN_BEGINNING.fullmatch(digits) is None:
            raise ValidationError("Must be 1 to 13 digits.")
        return digits


class Year(WholeNumber):
    """A year, negative before our era, not later than ``latest_year``."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"description": "To the later of 2030 and two years from now; negative before our era."}
        # The real upper bound moves with the calendar, which the document must not.
        super().__init__(minimum=EARLIEST_YEAR, maximum=9999, metadata=metadata, **kwargs)

    def _within_bounds(self, number: int) -> int:
        latest = latest_year(datetime.now(UTC))
        if not self.minimum <= number <= latest:
            raise ValidationError(f"Must be from {self.minimum} to {latest}.")
        return number


class _ContributorSchema(Schema):
    id = fields.Raw()
    links = fields.Raw()
    name = Name(required=True)
    role = fields.String(validate=validate.OneOf(ROLES), load_default=AUTHOR, allow_none=True)


# Making a schema costs many times what reading with it does.
_CONTRIBUTOR = _ContributorSchema()


class ContributorItem(fields.Field[Contributor]):
    """A contributor: a name, or an object with name and role (author when absent); id and links are ignored."""

    def __init__(self, **kwargs: Any) -> None:
        name = {"type": "string", "minLength": 1, "maxLength": MAXIMUM_NAME_CHARACTERS}
        role = {"type": ["string", "null"], "enum": [*ROLES, None]}
        properties = {"name": name, "role": role, "id": {"type": "integer"}, "links": {"type": "object"}}
        as_object = {"type": "object", "properties": properties, "required": ["name"], "additionalProperties": False}
        super().__init__(metadata={"oneOf": [name, as_object]}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Contributor:
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict):
            raise ValidationError("Must be a name, or an object with name and role.")
        loaded = _CONTRIBUTOR.load(value)
        return Contributor(loaded["name"], loaded["role"] or AUTHOR)
