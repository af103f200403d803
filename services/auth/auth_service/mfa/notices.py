"""Telling users by mail what happened to their second factor, so that they notice what they did not do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auth_service.mails.kinds import MFA_CHANGED
from auth_service.mails.operations import queue_mail
from auth_service.users.models import User
from servicekit.database import DatabaseSession

ENABLED = "enabled"
DISABLED = "disabled"
RESET = "reset"
RECOVERY_CODES_RENEWED = "recovery_codes_renewed"


@dataclass(frozen=True, slots=True)
class MfaNotices:
    """Writes the mails about second factors.

    Args:
        link: where users are sent who did not expect one.
    """

    link: str

    def queue(self, session: DatabaseSession, user: User, change: str, *, now: datetime) -> None:
        """Store a mail to ``user`` about ``change``, one of those above, without committing."""
        values = {"name": user.name, "link": self.link, "happened_at": now, "change": change}
        queue_mail(session, MFA_CHANGED, user.email, user_id=user.id, values=values, now=now)
