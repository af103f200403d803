"""The rate limits of the auth service: name, setting and key of each."""

from __future__ import annotations

import hashlib

from flask import request

from servicekit.limits import account_or_address, answered_unauthorised, client_address, create_limiter, named_limit

limiter = create_limiter()

FIGURES = (
    "rate_limit_failed_logins_per_account",
    "rate_limit_failed_logins_per_address",
    "rate_limit_registrations",
    "rate_limit_refreshes",
    "rate_limit_signed_in_reads",
    "rate_limit_writes",
)


def named_account() -> str:
    """Return the key of the account that a login names, known or not; only a hash of the name is kept."""
    body = request.get_json(silent=True)
    names = body if isinstance(body, dict) else {}
    name = str(names.get("email") or names.get("username") or "").strip().casefold()
    return f"account:{hashlib.sha256(name.encode()).hexdigest()}"


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
registrations = named_limit(limiter, "registrations", "rate_limit_registrations", client_address)
refreshes = named_limit(limiter, "refreshes", "rate_limit_refreshes", client_address)
reads = named_limit(limiter, "reads", "rate_limit_signed_in_reads", account_or_address)
writes = named_limit(limiter, "writes", "rate_limit_writes", account_or_address)
