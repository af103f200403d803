"""Account events as another service sends them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from books_service.accounts.events import KINDS, RENAMED, AccountEvent
from books_service.accounts.models import MAXIMUM_DISPLAY_NAME_CHARACTERS
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import Text, WholeNumber


class NoPayloadSchema(Schema):
    """Nothing."""


class RenamedPayloadSchema(Schema):
    """The new name of an account."""

    display_name = Text(minimum=1, maximum=MAXIMUM_DISPLAY_NAME_CHARACTERS, required=True, allow_none=True)


class AccountEventSchema(Schema):
    """Something that happened to an account; nothing is ignored, so that nothing is taken for understood."""

    event_id = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{32}\Z"))
    sequence = WholeNumber(minimum=1, maximum=MAXIMUM_ID, required=True)
    user_id = WholeNumber(minimum=1, maximum=MAXIMUM_ID, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    payload = fields.Dict(required=True)
    occurred_at = fields.AwareDateTime(required=True, format="iso")

    @validates_schema
    def _payload_is_that_of_the_kind(self, data: dict[str, Any], **_: Any) -> None:
        schema = RenamedPayloadSchema() if data["kind"] == RENAMED else NoPayloadSchema()
        try:
            data["payload"] = schema.load(data["payload"])
        except ValidationError as error:
            raise ValidationError({"payload": error.messages}) from error

    @post_load
    def _event(self, data: dict[str, Any], **_: Any) -> AccountEvent:
        return AccountEvent(**data)
