"""What is told of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

RENAMED = "account_renamed"
DISABLED = "account_disabled"
ENABLED = "account_enabled"
DELETED = "account_deleted"
KINDS = (RENAMED, DISABLED, ENABLED, DELETED)

# What became of an event: it was applied now, or had been before; or there is more to do, and it has to come again.
APPLIED, REPEATED, UNFINISHED = "applied", "repeated", "unfinished"


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that happened to an account.

    Attributes:
        sequence: grows from event to event of one account; names the event within it, as ``event_id`` does everywhere.
        payload: ``display_name`` for RENAMED, nothing for the others.
    """

    event_id: str
    sequence: int
    user_id: int
    kind: str
    payload: Mapping[str, Any]
    occurred_at: datetime
