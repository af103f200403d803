"""What the API key endpoints take in and give out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from auth_service.api_keys.addresses import normalized_network
from auth_service.api_keys.lives import DEFAULT_OVERLAP_SECONDS, MAXIMUM_OVERLAP_SECONDS
from auth_service.api_keys.models import MAXIMUM_NAME_CHARACTERS
from auth_service.users.roles import GRANTABLE_SCOPES
from servicekit.arguments import MAXIMUM_ID
from servicekit.fields import BoundedList, QueryNumber, Text, WholeNumber
from servicekit.pagination import PageQuerySchema
from servicekit.read_back import ReadBackSchema

MAXIMUM_ADDRESSES = 50
# The longest spelling of a network that is worth reading.
MAXIMUM_ADDRESS_CHARACTERS = 64


class Moment(fields.AwareDateTime):
    """A point in time in ISO 8601, taken as UTC where it names no offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError("Not a valid datetime.")
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a valid datetime.") from error


class AddressOrNetwork(Text):
    """An IP address or a network in CIDR notation, put into its one spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=MAXIMUM_ADDRESS_CHARACTERS, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        network = normalized_network(super()._deserialize(value, attr, data, **kwargs))
        if network is None:
            raise ValidationError("Not an IP address or a network such as 192.0.2.0/24.")
        return network


def _name(**kwargs: Any) -> Text:
    return Text(minimum=1, maximum=MAXIMUM_NAME_CHARACTERS, **kwargs)


def _scopes(**kwargs: Any) -> BoundedList:
    one = fields.String(metadata={"enum": list(GRANTABLE_SCOPES)})
    about = {"description": "At least one; only those that you have yourself.", "minItems": 1}
    length = validate.Length(min=1, error="Name at least one scope.")
    return BoundedList(one, maximum=len(GRANTABLE_SCOPES), validate=length, metadata=about, **kwargs)


def _allowed_addresses(**kwargs: Any) -> BoundedList:
    about = {"description": "Addresses and networks that the key may be used from; anywhere when there are none."}
    return BoundedList(AddressOrNetwork(), maximum=MAXIMUM_ADDRESSES, metadata=about, **kwargs)


def _expires_at(**kwargs: Any) -> Moment:
    return Moment(allow_none=True, metadata={"description": "When the key ends by itself; never when null."}, **kwargs)


class NewApiKeySchema(Schema):
    """A new key of the caller."""

    name = _name(required=True, metadata={"description": "What the key is for."})
    scopes = _scopes(required=True)
    expires_at = _expires_at()
    allowed_addresses = _allowed_addresses(allow_none=True)


class ApiKeyLinksSchema(Schema):
    """Where the key and its owner are found."""

    self_ = fields.String(required=True, data_key="self")
    owner = fields.String(required=True)


class ApiKeyChangesSchema(ReadBackSchema):
    """Fields to change; absent ones stay, null clears the end or the addresses (RFC 7396).

    What was read can be sent back: the members of an answer that nobody may set are ignored.
    """

    name = _name()
    scopes = _scopes()
    expires_at = _expires_at()
    allowed_addresses = _allowed_addresses(allow_none=True)

    id = fields.String(dump_only=True)
    user_id = fields.Integer(dump_only=True)
    prefix = fields.String(dump_only=True)
    revoked_at = fields.DateTime(dump_only=True)
    previous_valid_until = fields.DateTime(dump_only=True)
    last_used_at = fields.DateTime(dump_only=True)
    last_used_address = fields.String(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    etag = fields.String(dump_only=True)
    links = fields.Nested(ApiKeyLinksSchema, dump_only=True)


class RotationSchema(Schema):
    """How a secret is replaced."""

    # The overlap has a default, so that there may be nothing to say.
    empty_body_allowed = True

    overlap_seconds = WholeNumber(
        minimum=0,
        maximum=MAXIMUM_OVERLAP_SECONDS,
        load_default=DEFAULT_OVERLAP_SECONDS,
        metadata={"description": "How long the old secret works on."},
    )


class ApiKeyQuerySchema(PageQuerySchema):
    """Whose keys to list."""

    user_id = QueryNumber(
        minimum=1, maximum=MAXIMUM_ID, metadata={"description": "Another user's, for admins; one's own if absent."}
    )


class ApiKeySchema(Schema):
    """An API key, without its secret."""

    id = fields.String(required=True, metadata={"description": "The `sid` of the tokens it is exchanged for."})
    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True, metadata={"description": "How the secret begins."})
    scopes = fields.List(fields.String(), required=True)
    allowed_addresses = fields.List(fields.String(), required=True)
    expires_at = fields.DateTime(required=True, allow_none=True)
    revoked_at = fields.DateTime(required=True, allow_none=True)
    previous_valid_until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Until when the secret before the last one works."}
    )
    last_used_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "To about a minute."})
    last_used_address = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True, metadata={"description": "Counts the changes of the key."})
    etag = fields.String(required=True, metadata={"description": "For If-Match; that of the single resource."})
    links = fields.Nested(ApiKeyLinksSchema, required=True)


class ApiKeyWithSecretSchema(ApiKeySchema):
    """An API key with its secret, which is shown this once."""

    secret = fields.String(required=True, metadata={"description": "Send it as `X-API-Key`; it is not shown again."})
