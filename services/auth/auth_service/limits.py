"""The rate limits of the auth service: name, setting and key of each."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from auth_service.api_keys.errors import ApiKeyRefused
from auth_service.users.errors import EmailAlreadyTaken, UsernameAlreadyTaken
from auth_service.users.names import MAXIMUM_EMAIL_CHARACTERS, login_name
from auth_service.users.roles import MANAGE_USERS
from servicekit.access import anonymous_or_principal
from servicekit.arguments import read_json_object
from servicekit.envelope import ApiError
from servicekit.fields import MAXIMUM_DECOMPOSITION
from servicekit.limits import (
    account_or_address,
    client_address,
    create_limiter,
    declared_limit,
    limit_on_errors,
    named_limit,
)

limiter = create_limiter()

TAKEN_NAMES = (EmailAlreadyTaken.code, UsernameAlreadyTaken.code)

FIGURES = (
    "rate_limit_registrations",
    "rate_limit_sign_ins",
    "rate_limit_refreshes",
    "rate_limit_refused_api_keys",
    "rate_limit_signed_in_reads",
    "rate_limit_writes",
    "rate_limit_exports",
    "rate_limit_revocations",
    "rate_limit_introspections",
    "rate_limit_taken_names",
    "rate_limit_recovery_per_address",
    "rate_limit_recovery_per_account",
    "rate_limit_one_time_tokens",
    "rate_limit_email_changes",
)


def _short_text(value: Any) -> str | None:
    """Return ``value`` if it is text that the schema may accept as a name; longer text is costly to normalise."""
    if not isinstance(value, str) or len(value.strip()) > MAXIMUM_EMAIL_CHARACTERS * MAXIMUM_DECOMPOSITION:
        return None
    return value


def named_email() -> str:
    """Return the key of the e-mail address that the body names, an account's or not; only a hash of it is kept.

    A body that names none is refused, and counts for its network address. Nothing may be raised here: the limiter would
    take it for a failure of Redis.
    """
    try:
        email = _short_text(read_json_object(request).get("email"))
    except (ApiError, HTTPException):
        return client_address()
    if email is None:
        return client_address()
    return f"email:{hashlib.sha256(login_name(email, None)[1].encode()).hexdigest()}"


def names_no_email() -> bool:
    """Return whether the body leaves the e-mail address alone, or cannot be read."""
    try:
        return "email" not in read_json_object(request)
    except (ApiError, HTTPException):
        return True


def count_email_change() -> None:
    """Have the current request counted as one that sends mails about a new e-mail address."""
    g.email_change_counts = True


def asked_for_a_new_email(_response: Response) -> bool:
    """Return whether mails about a new address were sent."""
    counts: bool = g.get("email_change_counts", False)
    return counts


def found_a_name_taken(response: Response) -> bool:
    """Return whether the answer tells that another account has an e-mail address or username."""
    return response.status_code == EmailAlreadyTaken.status and response.get_json()["error"]["code"] in TAKEN_NAMES


def manages_users() -> bool:
    """Return whether the caller may list all users anyway."""
    principal = anonymous_or_principal()
    return principal is not None and principal.may(MANAGE_USERS)


# Kept by the operations behind the views, which count before anything is verified; see ``attempts``.
failed_attempts = declared_limit("failed-attempts")
registrations = named_limit(limiter, "registrations", "rate_limit_registrations", client_address)
sign_ins = named_limit(limiter, "sign-ins", "rate_limit_sign_ins", client_address)
refreshes = named_limit(limiter, "refreshes", "rate_limit_refreshes", client_address)
# A key that is good is never refused for those that others of its address made up.
refused_api_keys = limit_on_errors(
    limiter, "refused-api-keys", "rate_limit_refused_api_keys", client_address, error=ApiKeyRefused
)
reads = named_limit(limiter, "reads", "rate_limit_signed_in_reads", account_or_address)
writes = named_limit(limiter, "writes", "rate_limit_writes", account_or_address)
exports = named_limit(limiter, "exports", "rate_limit_exports", account_or_address)
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
recovery_per_address = named_limit(limiter, "recovery-per-address", "rate_limit_recovery_per_address", client_address)
password_resets_per_account = named_limit(
    limiter, "password-resets-per-account", "rate_limit_recovery_per_account", named_email
)
verification_mails_per_account = named_limit(
    limiter, "verification-mails-per-account", "rate_limit_recovery_per_account", named_email
)
one_time_tokens = named_limit(limiter, "one-time-tokens", "rate_limit_one_time_tokens", client_address)
# Nobody may have mails sent to strangers any quicker than this.
email_changes = named_limit(
    limiter,
    "email-changes",
    "rate_limit_email_changes",
    account_or_address,
    exempt_when=names_no_email,
    deduct_when=asked_for_a_new_email,
)
