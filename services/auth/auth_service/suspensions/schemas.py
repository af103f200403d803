"""What is taken in when an account is disabled or enabled."""

from __future__ import annotations

from marshmallow import Schema

from servicekit.fields import Text

MAXIMUM_REASON_CHARACTERS = 200


class SuspensionSchema(Schema):
    """Why."""

    # Reasons are nobody's duty.
    empty_body_allowed = True

    reason = Text(
        minimum=1,
        maximum=MAXIMUM_REASON_CHARACTERS,
        allow_none=True,
        load_default=None,
        metadata={"description": "For the audit log, where the user can read it too."},
    )
