"""What the user endpoints take in and give out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from auth_service.users import names, passwords
from auth_service.users.roles import ROLES
from servicekit.fields import QueryFlag, QueryTime, Text
from servicekit.pagination import SortQuerySchema
from servicekit.read_back import ReadBackSchema

MAXIMUM_SEARCH_CHARACTERS = 100
# Generous, so that a password is never refused for its length by another rule than that which it was chosen under.
MAXIMUM_GIVEN_PASSWORD = 1024


class EmailAddress(Text):
    """An e-mail address; where it leads is not looked up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(minimum=3, maximum=names.MAXIMUM_EMAIL_CHARACTERS, metadata={"format": "email"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return _accepted(super()._deserialize(value, attr, data, **kwargs), names.email_problem)


class Username(Text):
    """A name to sign in with."""

    def __init__(self, **kwargs: Any) -> None:
        rule = "Letters, digits, dots, hyphens and underscores, starting with a letter or a digit."
        super().__init__(minimum=1, maximum=names.MAXIMUM_USERNAME_CHARACTERS, metadata={"description": rule}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return _accepted(super()._deserialize(value, attr, data, **kwargs), names.username_problem)


class GivenPassword(Text):
    """A password that is to be checked, whatever rules it was chosen under."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "password", **kwargs.pop("metadata", {})}
        super().__init__(maximum=MAXIMUM_GIVEN_PASSWORD, trim=False, load_only=True, metadata=metadata, **kwargs)


class NewPassword(Text):
    """A password that is chosen now; the rules that need to know whose it is come later."""

    def __init__(self, **kwargs: Any) -> None:
        rule = (
            "Any characters but control characters; neither a common password nor one of one's own names. An "
            "installation may ask for more characters than these."
        )
        super().__init__(
            minimum=passwords.MINIMUM_CHARACTERS,
            maximum=passwords.MAXIMUM_CHARACTERS,
            trim=False,
            load_only=True,
            metadata={"format": "password", "description": rule},
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        password = super()._deserialize(value, attr, data, **kwargs)
        if problems := passwords.password_problems(password):
            raise ValidationError(problems)
        return password


def _accepted(text: str, problem_of: Callable[[str], str | None]) -> str:
    problem = problem_of(text)
    if problem is not None:
        raise ValidationError(problem)
    return text


class UserLinksSchema(Schema):
    """Where the user and what belongs to it are found."""

    self_ = fields.String(required=True, data_key="self")


class RegistrationSchema(Schema):
    """A new account, as anybody may make one."""

    email = EmailAddress(required=True)
    username = Username(allow_none=True)
    name = Text(minimum=1, maximum=names.MAXIMUM_NAME_CHARACTERS, allow_none=True)
    password = NewPassword(required=True)


class NewUserSchema(RegistrationSchema):
    """A new account, as admins may make one."""

    role = fields.String(validate=validate.OneOf(ROLES))


class UserChangesSchema(ReadBackSchema):
    """Fields to change; absent ones stay, null clears username or name (RFC 7396).

    What was read can be sent back: the members of an answer that nobody may set are ignored.
    """

    id = fields.Integer(dump_only=True)
    email = EmailAddress()
    username = Username(allow_none=True)
    name = Text(minimum=1, maximum=names.MAXIMUM_NAME_CHARACTERS, allow_none=True)
    role = fields.String(validate=validate.OneOf(ROLES), metadata={"description": "Changed by admins only."})
    password = NewPassword()
    current_password = GivenPassword(metadata={"description": "Needed to change one's own password or e-mail address."})

    pending_email = fields.String(dump_only=True)
    email_verified_at = fields.DateTime(dump_only=True)
    disabled_at = fields.DateTime(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    version = fields.Integer(dump_only=True)
    links = fields.Nested(UserLinksSchema, dump_only=True)


class DeletionSchema(Schema):
    """The confirmation of a deletion."""

    # Nobody confirms the deletion of another's account.
    empty_body_allowed = True

    current_password = GivenPassword(metadata={"description": "Needed to delete one's own account."})


class UserQuerySchema(SortQuerySchema):
    """Which users to list, and in which order."""

    search = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        metadata={"description": "Part of the name, the username or the e-mail address; case does not matter."},
    )
    role = fields.String(validate=validate.OneOf(ROLES))
    disabled = QueryFlag(metadata={"description": "Whether the account is disabled."})
    email_verified = QueryFlag(metadata={"description": "Whether the address was shown to be the user's."})
    created_from = QueryTime(metadata={"description": "Made then or later: a date, or date and time (ISO 8601)."})
    created_to = QueryTime(
        end_of_day=True, metadata={"description": "Made then or before; a date means that day's end."}
    )


class UserSchema(Schema):
    """A user, without anything secret."""

    id = fields.Integer(required=True)
    email = fields.String(required=True, metadata={"format": "email"})
    username = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, metadata={"enum": list(ROLES)})
    email_verified_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the address was shown to be the user's."}
    )
    disabled_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Since when nobody may sign in to the account."}
    )
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    version = fields.Integer(required=True, metadata={"description": "Counts the changes of the user."})
    links = fields.Nested(UserLinksSchema, required=True)


class ProfileSchema(UserSchema):
    """The signed-in user."""

    pending_email = fields.String(
        required=True,
        allow_none=True,
        metadata={"format": "email", "description": "The new address that waits to be confirmed at both."},
    )
