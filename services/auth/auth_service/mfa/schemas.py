"""What the endpoints of second factors take in and give out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from auth_service.mfa.challenges import MAXIMUM_CHARACTERS
from auth_service.mfa.proofs import METHODS
from auth_service.mfa.recovery_codes import canonical_code
from auth_service.users.schemas import GivenPassword
from servicekit.fields import Text

# With the spaces that apps show between the digits.
MAXIMUM_CODE_CHARACTERS = 16
MAXIMUM_RECOVERY_CODE_CHARACTERS = 32
SIX_DIGITS = re.compile("[0-9]{6}")


class TotpCode(Text):
    """A code as an authenticator app shows it."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"description": "Six digits; spaces do not matter.", **kwargs.pop("metadata", {})}
        super().__init__(minimum=6, maximum=MAXIMUM_CODE_CHARACTERS, load_only=True, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs).replace(" ", "")
        if not SIX_DIGITS.fullmatch(code):
            raise ValidationError("Must be six digits.")
        return code


class GivenRecoveryCode(Text):
    """A recovery code, in whatever case and grouping; it becomes its canonical form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(minimum=10, maximum=MAXIMUM_RECOVERY_CODE_CHARACTERS, load_only=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        code = canonical_code(super()._deserialize(value, attr, data, **kwargs))
        if code is None:
            raise ValidationError("Not a recovery code.")
        return code


class ProofSchema(Schema):
    """A code of the app or a recovery code."""

    code = TotpCode(metadata={"description": "This or `recovery_code`; six digits, spaces do not matter."})
    recovery_code = GivenRecoveryCode(metadata={"description": "This or `code`; it is used up."})

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def require_one_code(self, _: dict[str, Any], given: Mapping[str, Any], **__: Any) -> None:
        """Raise ValidationError unless exactly one code is given."""
        if "code" in given and "recovery_code" in given:
            raise ValidationError("Give code or recovery_code, not both.", "recovery_code")
        if "code" not in given and "recovery_code" not in given:
            raise ValidationError("Give code or recovery_code.", "code")


class ChallengeAnswerSchema(ProofSchema):
    """The challenge of a sign-in and a code."""

    challenge = Text(minimum=1, maximum=MAXIMUM_CHARACTERS, required=True, load_only=True)


class DisablingSchema(ProofSchema):
    """What proves that it is the owner who turns the second factor off."""

    current_password = GivenPassword(required=True)


class CurrentPasswordSchema(Schema):
    """What proves that it is the owner who sets a second factor up."""

    current_password = GivenPassword(required=True)


class TotpCodeSchema(Schema):
    """A code of the app."""

    code = TotpCode(required=True)


class MfaStateSchema(Schema):
    """Whether the account has a second factor."""

    enabled = fields.Boolean(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "Since when it has one."})
    recovery_codes_left = fields.Integer(required=True)
    required = fields.Boolean(required=True, metadata={"description": "Whether the role needs one."})


class EnrolmentSchema(Schema):
    """What an authenticator app has to learn, in several forms; it is shown once."""

    secret = fields.String(required=True, metadata={"description": "In base32, to be typed in."})
    otpauth_uri = fields.String(required=True, metadata={"format": "uri", "description": "What the QR code says."})
    qr_svg = fields.String(required=True, metadata={"description": "The QR code as an SVG document."})
    qr_data_uri = fields.String(
        required=True, metadata={"format": "uri", "description": "The same for the `src` of an image."}
    )


class RecoveryCodesSchema(Schema):
    """The recovery codes, shown once; each is good for one use."""

    recovery_codes = fields.List(fields.String(), required=True)


class SignInChallengeSchema(Schema):
    """The password was right and a code is needed too."""

    mfa_required = fields.Boolean(required=True, metadata={"enum": [True]})
    challenge = fields.String(required=True, metadata={"description": "To be sent with the code, once."})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds until the challenge is void."})
    methods = fields.List(
        fields.String(metadata={"enum": list(METHODS)}), required=True, metadata={"description": "What answers it."}
    )
