"""What the endpoints for tokens take in and give out."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from servicekit.blueprint import StandardSchema


class PresentedTokenSchema(Schema):
    """A token to revoke or to look at."""

    # Any text: what no token of ours can be is as unknown as any other.
    token = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1),
        metadata={"description": "An access token or a refresh token."},
    )
    token_type_hint = fields.String(
        load_only=True,
        metadata={"description": "`access_token` or `refresh_token`; not needed, and a wrong one does no harm."},
    )


class IntrospectionSchema(StandardSchema):
    """What is known of a token (RFC 7662, section 2.2); `active` alone when it does not count."""

    active = fields.Boolean(required=True)
    scope = fields.String(metadata={"description": "Scopes, separated by spaces; not with refresh tokens."})
    username = fields.String(metadata={"description": "The username, or the e-mail address of who has none."})
    token_type = fields.String(metadata={"enum": ["Bearer", "refresh_token"]})
    exp = fields.Integer(metadata={"description": "When it expires, in seconds since 1970."})
    iat = fields.Integer(metadata={"description": "When it was issued, in seconds since 1970."})
    sub = fields.String(metadata={"description": "The id of the user."})
    aud = fields.String(metadata={"description": "Whom it is meant for; not with refresh tokens."})
    iss = fields.String()
    jti = fields.String(metadata={"description": "The id of the token; not with refresh tokens."})
    sid = fields.String(metadata={"description": "The id of the session or API key."})
    role = fields.String(metadata={"description": "The role of the user."})
