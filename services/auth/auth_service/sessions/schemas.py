"""What the endpoints for signing in take in and give out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from auth_service.mfa.schemas import SignInChallengeSchema
from auth_service.sessions.refresh_tokens import MAXIMUM_CHARACTERS
from auth_service.users.names import MAXIMUM_EMAIL_CHARACTERS
from auth_service.users.schemas import GivenPassword, UserSchema
from servicekit.fields import Text
from servicekit.one_of import OneOfSchema


class LoginSchema(Schema):
    """A name and its password; a name that no account could have is refused like any unknown one."""

    email = Text(minimum=1, maximum=MAXIMUM_EMAIL_CHARACTERS, metadata={"description": "This or `username`."})
    username = Text(minimum=1, maximum=MAXIMUM_EMAIL_CHARACTERS, metadata={"description": "This or `email`."})
    password = GivenPassword(required=True)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def require_one_name(self, _: dict[str, Any], given: Mapping[str, Any], **__: Any) -> None:
        """Raise ValidationError unless exactly one name is given."""
        if "email" in given and "username" in given:
            raise ValidationError("Give email or username, not both.", "username")
        if "email" not in given and "username" not in given:
            raise ValidationError("Give email or username.", "email")


class RefreshSchema(Schema):
    """The refresh token, for clients that do not send it as bearer."""

    # Everything may be in the header.
    empty_body_allowed = True

    refresh_token = Text(minimum=1, maximum=MAXIMUM_CHARACTERS, load_only=True)


class SignOutQuerySchema(Schema):
    """Which sessions to end."""

    sessions = fields.String(
        validate=validate.OneOf(("this", "others", "all")),
        load_default="this",
        metadata={"description": "`this` is the session of the access token."},
    )


class SessionLinksSchema(Schema):
    """Where the session is found."""

    self_ = fields.String(required=True, data_key="self")


class SessionSchema(Schema):
    """One sign-in, as long as it lasts."""

    id = fields.String(required=True, metadata={"description": "The `sid` of its access tokens."})
    current = fields.Boolean(required=True, metadata={"description": "Whether the request was made in it."})
    user_agent = fields.String(required=True, allow_none=True, metadata={"description": "What used it last."})
    address = fields.String(required=True, allow_none=True, metadata={"description": "Where it was used last from."})
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True, metadata={"description": "When its latest access token was issued."})
    expires_at = fields.DateTime(required=True, metadata={"description": "When it ends unless it is used."})
    links = fields.Nested(SessionLinksSchema, required=True)


class TokensSchema(Schema):
    """The tokens of a session (RFC 6749, section 5.1)."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True, metadata={"description": "To be used once."})
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds until the access token expires."})
    mfa_enrolment_required = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the role needs a second factor that the user lacks: until one is set up and the "
            "tokens are refreshed, they allow nothing else."
        },
    )


class SignedInSchema(TokensSchema):
    """The tokens of a new session and whose it is."""

    user = fields.Nested(UserSchema, required=True)


class SignInSchema(OneOfSchema):
    """Tokens, or for a user with a second factor a challenge."""

    alternatives = (SignedInSchema, SignInChallengeSchema)
