"""The names of what the audit log records: facts, in the past."""

from __future__ import annotations

REGISTERED = "registered"
SIGNED_IN = "signed_in"
SIGN_IN_FAILED = "sign_in_failed"
SIGNED_OUT = "signed_out"
REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - the name of a fact
USER_CREATED = "user_created"
USER_CHANGED = "user_changed"
USER_DELETED = "user_deleted"
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a fact
EMAIL_CHANGED = "email_changed"
ROLE_CHANGED = "role_changed"
SIGN_IN_BLOCKED = "sign_in_blocked"
FAILED_SIGN_INS_CLEARED = "failed_sign_ins_cleared"
CURRENT_PASSWORD_WRONG = "current_password_wrong"  # noqa: S105 - the name of a fact
SIGNING_KEY_ROTATED = "signing_key_rotated"
API_KEY_CREATED = "api_key_created"
API_KEY_CHANGED = "api_key_changed"
API_KEY_ROTATED = "api_key_rotated"
API_KEY_REVOKED = "api_key_revoked"
API_KEY_REFUSED = "api_key_refused"
API_KEY_USED_FROM_NEW_ADDRESS = "api_key_used_from_new_address"
TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a fact
MFA_ENABLED = "mfa_enabled"
MFA_DISABLED = "mfa_disabled"
MFA_RESET = "mfa_reset"
MFA_FAILED = "mfa_failed"
RECOVERY_CODE_USED = "recovery_code_used"
RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - the name of a fact
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a fact
EMAIL_VERIFIED = "email_verified"
EMAIL_CHANGE_REQUESTED = "email_change_requested"
EMAIL_CHANGE_CONFIRMED = "email_change_confirmed"
EMAIL_CHANGE_CANCELLED = "email_change_cancelled"
USER_DISABLED = "user_disabled"
USER_ENABLED = "user_enabled"
SESSIONS_ENDED = "sessions_ended"
ACCOUNT_EXPORTED = "account_exported"
AUDIT_PRUNED = "audit_pruned"
