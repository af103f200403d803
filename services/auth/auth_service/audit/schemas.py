"""What the endpoints of the audit log take in and give out."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from auth_service.audit import actions
from servicekit.arguments import MAXIMUM_ID
from servicekit.cursors import CursorQuerySchema
from servicekit.fields import QueryNumber, QueryTime, Text

ACTIONS = frozenset(value for name, value in vars(actions).items() if name.isupper())
MAXIMUM_ACTIONS_CHARACTERS = 1000
MAXIMUM_ADDRESS_CHARACTERS = 45
MAXIMUM_SESSION_ID_CHARACTERS = 40
MAXIMUM_REQUEST_ID_CHARACTERS = 128


class Actions(Text):
    """Names of actions, separated by commas."""

    def __init__(self, **kwargs: Any) -> None:
        description = "One or several, separated by commas; docs/operations/audit.md has them all."
        super().__init__(minimum=1, maximum=MAXIMUM_ACTIONS_CHARACTERS, metadata={"description": description}, **kwargs)

    def _deserialize(  # type: ignore[override]  # what is loaded is not what is sent
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[str]:
        names = {name.strip() for name in super()._deserialize(value, attr, data, **kwargs).split(",")}
        if not names <= ACTIONS:
            raise ValidationError(f"Must be made of: {', '.join(sorted(ACTIONS))}.")
        return sorted(names)


class Address(Text):
    """An IP address in any spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(minimum=1, maximum=MAXIMUM_ADDRESS_CHARACTERS, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            return str(ipaddress.ip_address(super()._deserialize(value, attr, data, **kwargs)))
        except ValueError as error:
            if isinstance(error, ValidationError):
                raise
            raise ValidationError("Not an IP address.") from error


class ActivityQuerySchema(CursorQuerySchema):
    """Which events about oneself to list."""

    actions = Actions(data_key="action")
    occurred_from = QueryTime(
        data_key="from", metadata={"description": "Then or later: a date, or date and time (ISO 8601)."}
    )
    occurred_to = QueryTime(
        data_key="to", end_of_day=True, metadata={"description": "Then or before; a date means that day's end."}
    )


class AuditQuerySchema(ActivityQuerySchema):
    """Which events to list."""

    user_id = QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata={"description": "Whom it concerns."})
    actor_id = QueryNumber(minimum=1, maximum=MAXIMUM_ID, metadata={"description": "Who did it."})
    address = Address()
    session_id = Text(
        minimum=1, maximum=MAXIMUM_SESSION_ID_CHARACTERS, metadata={"description": "The session or API key."}
    )
    request_id = Text(minimum=1, maximum=MAXIMUM_REQUEST_ID_CHARACTERS)


class AuditEventLinksSchema(Schema):
    """Where those are found whom an event names; null when it names nobody, or nobody whom the caller may see."""

    user = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)


class AuditEventSchema(Schema):
    """An act, or an attempt that failed."""

    id = fields.Integer(required=True)
    occurred_at = fields.DateTime(required=True)
    action = fields.String(required=True)
    user_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Whom it concerns; the account may be gone."}
    )
    actor_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Who did it; null for operators and the unknown."}
    )
    session_id = fields.String(
        required=True, allow_none=True, metadata={"description": "The session or API key in which it was done."}
    )
    address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True, keys=fields.String())
    links = fields.Nested(AuditEventLinksSchema, required=True)
