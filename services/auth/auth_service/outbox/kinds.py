"""The kinds of account events: facts, in the past. Each receiver has to know a kind before the first of it is sent."""

from __future__ import annotations

# With the payload `display_name`, also when an account gets its first name; null when it has none any more.
ACCOUNT_RENAMED = "account_renamed"
ACCOUNT_DISABLED = "account_disabled"
ACCOUNT_ENABLED = "account_enabled"
ACCOUNT_DELETED = "account_deleted"
