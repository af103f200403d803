"""What an export is made of: each feature that holds something about users adds its line here.

A section is one query, so that the whole document costs as many statements as it has sections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from auth_service.api_keys import queries as api_keys
from auth_service.api_keys.representation import represent_api_key
from auth_service.attempts import queries as attempts
from auth_service.audit import queries as audit
from auth_service.audit.representation import represent_own_event
from auth_service.mails import queries as mails
from auth_service.mfa import queries as mfa
from auth_service.outbox import queries as outbox
from auth_service.recovery import queries as recovery
from auth_service.sessions import queries as sessions


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that is held about users.

    Args:
        name: its member of the document.
        held: gives the query of the rows about a user, the newest first.
        represent: makes the JSON of a row.
    """

    name: str
    held: Callable[[int], Select[*tuple[Any, ...]]]
    represent: Callable[[Any], dict[str, Any]]


SECTIONS = (
    Section("sessions", sessions.held_about, dict),
    Section("api_keys", api_keys.held_about, represent_api_key),
    Section("second_factors", mfa.held_about, dict),
    Section("recovery_codes", mfa.recovery_codes_held_about, dict),
    Section("sign_in_challenges", mfa.challenges_held_about, dict),
    Section("failed_attempts", attempts.held_about, dict),
    Section("one_time_tokens", recovery.held_about, dict),
    Section("mails", mails.held_about, dict),
    Section("account_events", outbox.held_about, dict),
    Section("activity", audit.held_about, represent_own_event),
)
