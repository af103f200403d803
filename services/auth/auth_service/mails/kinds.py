"""The kinds of mail; each has two templates of its name."""

from __future__ import annotations

VERIFY_EMAIL = "verify_email"
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a template
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - as above
EMAIL_CHANGE_CONFIRM_NEW = "email_change_confirm_new"
EMAIL_CHANGE_CONFIRM_OLD = "email_change_confirm_old"
EMAIL_CHANGED = "email_changed"
MFA_CHANGED = "mfa_changed"

# The values that each one is written with, besides ``name`` and ``link``.
VALUES_BY_KIND = {
    VERIFY_EMAIL: {"expires_minutes"},
    PASSWORD_RESET: {"expires_minutes"},
    PASSWORD_CHANGED: {"happened_at"},
    EMAIL_CHANGE_CONFIRM_NEW: {"expires_minutes", "new_email"},
    EMAIL_CHANGE_CONFIRM_OLD: {"expires_minutes", "new_email"},
    EMAIL_CHANGED: {"happened_at", "new_email"},
    MFA_CHANGED: {"happened_at", "change"},
}

# What may have happened to a second factor, as MFA_CHANGED tells it.
MFA_CHANGES = {
    "enabled": "Two-step sign-in was turned on",
    "disabled": "Two-step sign-in was turned off",
    "reset": "Two-step sign-in was turned off by an administrator",
    "recovery_codes_renewed": "New recovery codes for two-step sign-in were made",
}
