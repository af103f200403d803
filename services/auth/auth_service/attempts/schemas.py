"""What the endpoints for failed sign-ins give out."""

from __future__ import annotations

from marshmallow import Schema, fields


class FailedSignInsSchema(Schema):
    """One counter of an account."""

    counter = fields.String(
        required=True,
        metadata={
            "description": "`account`: from anywhere. `account_at_address`: from one address, which is not told. "
            "`confirmation`: proofs of the password by somebody who is signed in."
        },
    )
    failures = fields.Integer(required=True, metadata={"description": "Those that are not forgotten yet."})
    blocked_until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Until then attempts are refused; null when not."}
    )
    last_attempt_at = fields.DateTime(required=True)
