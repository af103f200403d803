"""The mails about an account: who asks for what, and with which link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auth_service.mails import kinds
from auth_service.mails.operations import queue_mail
from auth_service.recovery import tokens
from auth_service.users.models import User
from servicekit.database import DatabaseSession

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
VERIFICATION_MODES = (OFF, OPTIONAL, REQUIRED)

PAGE = "/account/"


@dataclass(frozen=True, slots=True)
class AccountMails:
    """Writes the mails of this installation, in the transaction of what they tell; the worker sends them.

    Links lead to a page of the gateway with the token behind a "#", which browsers send to nobody.

    Args:
        public_url: where customers reach the gateway.
        reset_minutes: how long the link for a new password works.
        confirmation_minutes: how long the links that confirm an address work.
        verification: one of ``VERIFICATION_MODES``.
        email_changes_are_confirmed: whether users change their address by confirming it at both; needs a mail server.
    """

    public_url: str
    reset_minutes: int
    confirmation_minutes: int
    verification: str
    email_changes_are_confirmed: bool

    @property
    def verification_is_required(self) -> bool:
        """Whether nobody signs in before the address of the account is confirmed."""
        return self.verification == REQUIRED

    def ask_to_verify(self, session: DatabaseSession, user: User, *, now: datetime) -> None:
        """Ask a locked or new ``user`` to confirm the address, unless this installation never does."""
        if self.verification != OFF:
            token = self._confirmation(session, tokens.VERIFY_EMAIL, user, user.email, now)
            self._ask(session, kinds.VERIFY_EMAIL, user, user.email, "verify", token, self.confirmation_minutes, now)

    def send_reset(self, session: DatabaseSession, user: User, *, now: datetime) -> None:
        """Send a locked ``user`` the link for a new password."""
        life = timedelta(minutes=self.reset_minutes)
        token = tokens.issue_token(session, tokens.PASSWORD_RESET, user.id, user.email, life=life, now=now)
        self._ask(session, kinds.PASSWORD_RESET, user, user.email, "reset", token, self.reset_minutes, now)

    def ask_to_change_email(self, session: DatabaseSession, user: User, new_email: str, *, now: datetime) -> None:
        """Ask at both addresses of a locked ``user`` whether the address becomes ``new_email``."""
        for kind, mail, recipient in (
            (tokens.EMAIL_CHANGE_NEW, kinds.EMAIL_CHANGE_CONFIRM_NEW, new_email),
            (tokens.EMAIL_CHANGE_OLD, kinds.EMAIL_CHANGE_CONFIRM_OLD, user.email),
        ):
            token = self._confirmation(session, kind, user, new_email, now)
            shown = {"new_email": new_email}
            self._ask(session, mail, user, recipient, "email", token, self.confirmation_minutes, now, **shown)

    def tell_password_changed(self, session: DatabaseSession, user: User, *, now: datetime) -> None:
        """Tell ``user`` that the password was changed."""
        self._queue(session, kinds.PASSWORD_CHANGED, user, user.email, "", now, happened_at=now)

    def tell_email_changed(self, session: DatabaseSession, user: User, *, old_email: str, now: datetime) -> None:
        """Tell ``user`` at the address from before that it was changed."""
        shown = {"happened_at": now, "new_email": user.email}
        self._queue(session, kinds.EMAIL_CHANGED, user, old_email, "", now, **shown)

    def _confirmation(self, session: DatabaseSession, kind: str, user: User, email: str, now: datetime) -> str:
        life = timedelta(minutes=self.confirmation_minutes)
        return tokens.issue_token(session, kind, user.id, email, life=life, now=now)

    def _ask(
        self,
        session: DatabaseSession,
        kind: str,
        user: User,
        recipient: str,
        act: str,
        token: str,
        minutes: int,
        now: datetime,
        **shown: Any,
    ) -> None:
        fragment = f"#{act}={token}"
        self._queue(session, kind, user, recipient, fragment, now, expires_minutes=minutes, **shown)

    def _queue(
        self,
        session: DatabaseSession,
        kind: str,
        user: User,
        recipient: str,
        fragment: str,
        now: datetime,
        **shown: Any,
    ) -> None:
        values = {"name": user.name, "link": f"{self.public_url}{PAGE}{fragment}", **shown}
        queue_mail(session, kind, recipient, user_id=user.id, values=values, now=now)
