"""The rate limits of the auth service: name, setting and key of each."""

from __future__ import annotations

from flask import Response

from auth_service.api_keys.errors import ApiKeyRefused
from auth_service.users.errors import EmailAlreadyTaken, UsernameAlreadyTaken
from auth_service.users.roles import MANAGE_USERS
from servicekit.access import anonymous_or_principal
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
    "rate_limit_refreshes",
    "rate_limit_refused_api_keys",
    "rate_limit_signed_in_reads",
    "rate_limit_writes",
    "rate_limit_revocations",
    "rate_limit_introspections",
    "rate_limit_taken_names",
)


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
