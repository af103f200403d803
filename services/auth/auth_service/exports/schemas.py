"""What an export gives out; it has a member for each of ``sections.SECTIONS``."""

from __future__ import annotations

from marshmallow import Schema, fields

from auth_service.api_keys.schemas import ApiKeySchema
from auth_service.audit.schemas import AuditEventSchema
from auth_service.users.schemas import UserSchema

COMPLETE = {"description": "Whether `items` holds all there is; else the newest 10,000."}


class HeldSessionSchema(Schema):
    """One sign-in, over or not, until it is cleared away."""

    id = fields.String(required=True, metadata={"description": "The `sid` of its access tokens."})
    user_agent = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    revoked_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "When it was ended."})


class SessionsSectionSchema(Schema):
    """The sessions of the user, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldSessionSchema), required=True)


class HeldApiKeySchema(ApiKeySchema):
    """An API key, revoked or expired ones too until they are cleared away; without its secret."""

    known_addresses = fields.List(
        fields.String(), required=True, metadata={"description": "The last ones that it was used from."}
    )


class ApiKeysSectionSchema(Schema):
    """The API keys of the user, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldApiKeySchema), required=True)


class HeldMailSchema(Schema):
    """One mail to the user, sent or not, until it is cleared away; without its text."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    recipient = fields.String(required=True)
    subject = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    done_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it was sent or given up; null while it waits."}
    )
    failed_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "When it was given up."})


class MailsSectionSchema(Schema):
    """The mails to the user, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldMailSchema), required=True)


class HeldAccountEventSchema(Schema):
    """Something that the catalogue is told about the account, until it is cleared away."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    payload = fields.Dict(required=True, keys=fields.String(), metadata={"description": "Emptied when it is told."})
    created_at = fields.DateTime(required=True)
    done_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "When it was told."})


class AccountEventsSectionSchema(Schema):
    """What the catalogue is told about the account, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldAccountEventSchema), required=True)


class ActivitySectionSchema(Schema):
    """What the audit log holds about the user, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(AuditEventSchema), required=True)


class ExportLinksSchema(Schema):
    """Where more is found."""

    self_ = fields.String(required=True, data_key="self")
    activity = fields.String(required=True, metadata={"description": "All of the audit log about the user, in pages."})


class AccountExportSchema(Schema):
    """Everything that this service holds about a user, but for the hashes of password and tokens and texts of mails."""

    exported_at = fields.DateTime(required=True)
    user = fields.Nested(UserSchema, required=True)
    sessions = fields.Nested(SessionsSectionSchema, required=True)
    api_keys = fields.Nested(ApiKeysSectionSchema, required=True)
    mails = fields.Nested(MailsSectionSchema, required=True)
    account_events = fields.Nested(AccountEventsSectionSchema, required=True)
    activity = fields.Nested(ActivitySectionSchema, required=True)
    links = fields.Nested(ExportLinksSchema, required=True)
