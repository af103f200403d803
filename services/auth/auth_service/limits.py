"""The rate limits of the auth service: name, setting and key of each."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from auth_service.api_keys.errors import ApiKeyRefused
from auth_service.users.errors import CurrentPasswordWrong, EmailAlreadyTaken, UsernameAlreadyTaken
from auth_service.users.names import MAXIMUM_EMAIL_CHARACTERS, login_name
from auth_service.users.roles import MANAGE_USERS
from servicekit.access import anonymous_or_principal
from servicekit.arguments import read_json_object
from servicekit.envelope import ApiError
from servicekit.fields import MAXIMUM_DECOMPOSITION
from servicekit.limits import (
    account_or_address,
    answered_unauthorised,
    client_address,
    create_limiter,
    limit_on_errors,
    named_limit,
)

limiter = create_limiter()

TAKEN_NAMES = (EmailAlreadyTaken.code, UsernameAlreadyTaken.code)

FIGURES = (
    "rate_limit_failed_logins_per_account",
    "rate_limit_failed_logins_per_address",
    "rate_limit_registrations",
    "rate_limit_refreshes",
    "rate_limit_refused_api_keys",
    "rate_limit_signed_in_reads",
    "rate_limit_writes",
    "rate_limit_revocations",
    "rate_limit_introspections",
    "rate_limit_taken_names",
)


def named_account() -> str:
    """Return the key of the account that a login names, known or not; only a hash of the name is kept.

    A body that names none counts for its address; it is refused before it can fail. Nothing may be raised here: the
    limiter would take it for a failure of Redis.
    """
    try:
        body = read_json_object(request)
    except (ApiError, HTTPException):
        return client_address()
    email, username = (_short_text(body.get(field)) for field in ("email", "username"))
    if email is None and username is None:
        return client_address()
    return f"account:{hashlib.sha256(':'.join(login_name(email, username)).encode()).hexdigest()}"


def _short_text(value: Any) -> str | None:
    """Return ``value`` if it is text that the schema may accept as a name; longer text is costly to normalise."""
    if not isinstance(value, str) or len(value.strip()) > MAXIMUM_EMAIL_CHARACTERS * MAXIMUM_DECOMPOSITION:
        return None
    return value


def refused_the_current_password(response: Response) -> bool:
    """Return whether the answer says that a change was confirmed with a wrong password."""
    if response.status_code != CurrentPasswordWrong.status:
        return False
    code: str = response.get_json()["error"]["code"]
    return code == CurrentPasswordWrong.code


def found_a_name_taken(response: Response) -> bool:
    """Return whether the answer tells that another account has an e-mail address or username."""
    return response.status_code == EmailAlreadyTaken.status and response.get_json()["error"]["code"] in TAKEN_NAMES


def manages_users() -> bool:
    """Return whether the caller may list all users anyway."""
    principal = anonymous_or_principal()
    return principal is not None and principal.may(MANAGE_USERS)


failed_logins_per_account = named_limit(
    limiter,
    "failed-logins-per-account",
    "rate_limit_failed_logins_per_account",
    named_account,
    deduct_when=answered_unauthorised,
)
failed_logins_per_address = named_limit(
    limiter,
    "failed-logins-per-address",
    "rate_limit_failed_logins_per_address",
    client_address,
    deduct_when=answered_unauthorised,
)
# Whoever holds a stolen access token may not guess the password with it any quicker than at the login.
password_confirmations = named_limit(
    limiter,
    "failed-password-confirmations",
    "rate_limit_failed_logins_per_account",
    account_or_address,
    deduct_when=refused_the_current_password,
)
registrations = named_limit(limiter, "registrations", "rate_limit_registrations", client_address)
refreshes = named_limit(limiter, "refreshes", "rate_limit_refreshes", client_address)
# A key that is good is never refused for those that others of its address made up.
refused_api_keys = limit_on_errors(
    limiter, "refused-api-keys", "rate_limit_refused_api_keys", client_address, error=ApiKeyRefused
)
reads = named_limit(limiter, "reads", "rate_limit_signed_in_reads", account_or_address)
writes = named_limit(limiter, "writes", "rate_limit_writes", account_or_address)
revocations = named_limit(limiter, "revocations", "rate_limit_revocations", client_address)
introspections = named_limit(limiter, "introspections", "rate_limit_introspections", account_or_address)
# Registering tells which names are taken, and so is limited; changing one's name must not tell it any quicker.
taken_names = named_limit(
    limiter,
    "taken-names",
    "rate_limit_taken_names",
    account_or_address,
    exempt_when=manages_users,
    deduct_when=found_a_name_taken,
)
