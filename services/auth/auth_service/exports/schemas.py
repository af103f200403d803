"""What an export gives out; it has a member for each of ``sections.SECTIONS``."""

from __future__ import annotations

from marshmallow import Schema, fields

from auth_service.api_keys.schemas import ApiKeySchema
from auth_service.audit.schemas import AuditEventSchema
from auth_service.recovery.tokens import ALL_KINDS
from auth_service.users.schemas import ProfileSchema

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


class HeldSecondFactorSchema(Schema):
    """An authenticator app, without the secret that it shares with us."""

    created_at = fields.DateTime(required=True)
    confirmed_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Since when it counts; null while it does not."}
    )
    last_used_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the latest code that was accepted began to count."},
    )


class SecondFactorsSectionSchema(Schema):
    """The second factor of the user, if there is one."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldSecondFactorSchema), required=True)


class HeldRecoveryCodeSchema(Schema):
    """One recovery code; what it says is known by a hash alone."""

    created_at = fields.DateTime(required=True)
    used_at = fields.DateTime(required=True, allow_none=True)


class RecoveryCodesSectionSchema(Schema):
    """The recovery codes of the user, used ones too, until others take their place."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldRecoveryCodeSchema), required=True)


class HeldSignInChallengeSchema(Schema):
    """A sign-in with the right password that was asked for the second factor, until it is cleared away."""

    address = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True, metadata={"description": "How many wrong codes it was answered with."})
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it was answered or became void."}
    )


class SignInChallengesSectionSchema(Schema):
    """The sign-ins to the account that were asked for the second factor, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldSignInChallengeSchema), required=True)


class HeldFailedAttemptsSchema(Schema):
    """One counter of failed attempts, until it is cleared away; whose address it is about is not known."""

    counter = fields.String(
        required=True,
        metadata={
            "description": "`account`: sign-ins from anywhere. `account_at_address`: from one address. "
            "`second_factor`: codes at a sign-in. `confirmation`, `code_confirmation`: passwords and codes of somebody "
            "who is signed in."
        },
    )
    failures = fields.Float(
        required=True, metadata={"description": "What counted at `last_attempt_at`; it is forgotten little by little."}
    )
    blocked_until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Until then attempts are, or were, refused."}
    )
    last_attempt_at = fields.DateTime(required=True)
    last_success_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When somebody last signed in there; of `account_at_address` alone."},
    )


class FailedAttemptsSectionSchema(Schema):
    """What is counted of failed attempts at the account, the one counted last first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldFailedAttemptsSchema), required=True)


class HeldOneTimeTokenSchema(Schema):
    """What a mailed link can be used for, until it is cleared away; without its token."""

    kind = fields.String(required=True, metadata={"enum": list(ALL_KINDS)})
    email = fields.String(
        required=True, metadata={"format": "email", "description": "The address that it proves, old or new."}
    )
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    used_at = fields.DateTime(required=True, allow_none=True)


class OneTimeTokensSectionSchema(Schema):
    """The mailed links of the user, the newest first."""

    complete = fields.Boolean(required=True, metadata=COMPLETE)
    items = fields.List(fields.Nested(HeldOneTimeTokenSchema), required=True)


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
    reviews = fields.String(required=True, metadata={"description": "What the user wrote of books, in pages."})
    reading_list = fields.String(required=True, metadata={"description": "The user's reading list, in pages."})


class AccountExportSchema(Schema):
    """Everything that this service holds about a user, but for secrets, their hashes and the texts of mails."""

    exported_at = fields.DateTime(required=True)
    user = fields.Nested(ProfileSchema, required=True)
    sessions = fields.Nested(SessionsSectionSchema, required=True)
    api_keys = fields.Nested(ApiKeysSectionSchema, required=True)
    second_factors = fields.Nested(SecondFactorsSectionSchema, required=True)
    recovery_codes = fields.Nested(RecoveryCodesSectionSchema, required=True)
    sign_in_challenges = fields.Nested(SignInChallengesSectionSchema, required=True)
    failed_attempts = fields.Nested(FailedAttemptsSectionSchema, required=True)
    one_time_tokens = fields.Nested(OneTimeTokensSectionSchema, required=True)
    mails = fields.Nested(MailsSectionSchema, required=True)
    account_events = fields.Nested(AccountEventsSectionSchema, required=True)
    activity = fields.Nested(ActivitySectionSchema, required=True)
    links = fields.Nested(ExportLinksSchema, required=True)
