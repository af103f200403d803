"""What the endpoints of recovery take in and give out."""

from __future__ import annotations

from marshmallow import Schema, fields

from auth_service.recovery.tokens import MAXIMUM_CHARACTERS
from auth_service.users.schemas import EmailAddress, NewPassword
from servicekit.fields import Text


class MailRequestSchema(Schema):
    """The address that a mail is to go to, if an account has it."""

    email = EmailAddress(required=True)


class MailOnItsWaySchema(Schema):
    """What is known before anybody has looked whether there is an account: the same for every address."""

    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds that the link in the mail works, if one is sent."}
    )


class TokenSchema(Schema):
    """The token of a mailed link: what stands behind the "=" of its last part."""

    token = Text(required=True, minimum=1, maximum=MAXIMUM_CHARACTERS, load_only=True)


class NewPasswordSchema(TokenSchema):
    """The token of a mailed link and the password to be set."""

    password = NewPassword(required=True)


class PasswordSetSchema(Schema):
    """The password was set."""

    password_changed = fields.Boolean(required=True, metadata={"enum": [True]})


class VerifiedEmailSchema(Schema):
    """An address that was shown to be its user's."""

    email = fields.String(required=True, metadata={"format": "email"})
    email_verified_at = fields.DateTime(required=True)


class EmailChangeSchema(Schema):
    """How far the change of an address is."""

    email_changed = fields.Boolean(required=True, metadata={"description": "Whether the new address counts now."})
    missing = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "enum": ["old", "new", None],
            "description": "The address at which the change has yet to be confirmed.",
        },
    )
