"""What makes an account that exists an admin."""

from __future__ import annotations

from datetime import datetime

from auth_service.attempts.operations import forget_passwords
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa.notices import MfaNotices
from auth_service.recovery.account_mails import AccountMails
from auth_service.recovery.first_proof import take_over
from auth_service.recovery.tokens import ALL_KINDS, void_tokens
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.ending import end_sessions
from auth_service.users.assigning import set_password
from auth_service.users.epochs import end_epoch
from auth_service.users.errors import UserNotFound
from auth_service.users.locking import locked_user
from auth_service.users.names import normalized_email
from auth_service.users.passwords import Passwords
from auth_service.users.roles import ADMIN
from servicekit.database import DatabaseSession


def promote_to_admin(
    session: DatabaseSession,
    passwords: Passwords,
    revocation: AccessTokenRevocation,
    account_mails: AccountMails,
    mfa_notices: MfaNotices,
    user_id: int,
    *,
    email: str,
    new_password: str | None,
    origin: Origin,
    now: datetime,
) -> bool:
    """Make the user with the address ``email`` an admin; return False for one already, who stays as is.

    Access tokens tell it from the next refresh on. When nobody has confirmed the address, anybody may have registered
    it: ``new_password`` takes the place of the one that they know, and second factor, API keys and sessions go. With
    None, which is for a confirmed address, they stay.

    Raises:
        UserNotFound: there is no such user, or another address is theirs by now.
        PasswordNotAcceptable: the new password is too short here or one of the user's own names.
        ValueError: there is none, where one is needed.
    """
    user = locked_user(session, user_id)
    if user.email_normalized != normalized_email(email):
        raise UserNotFound
    if user.role == ADMIN:
        return False
    changed = {"from": user.role, "to": ADMIN}
    revoked: list[str] = []
    if new_password is None and user.email_verified_at is None:
        raise ValueError("an account whose address nobody has confirmed is not promoted with the password it has")
    if new_password is not None:
        set_password(user, passwords, new_password)
        revoked += take_over(session, mfa_notices, user, origin=origin, now=now)
        void_tokens(session, user_id, ALL_KINDS)
        revoked += end_sessions(session, user_id, now=now, longest_life=revocation.longest_life)
        record(session, actions.PASSWORD_CHANGED, origin=origin, user_id=user_id)
        account_mails.tell_password_changed(session, user, now=now)
        forget_passwords(session, user_id)
    user.role = ADMIN
    revoked.append(end_epoch(user))
    record(session, actions.ROLE_CHANGED, origin=origin, user_id=user_id, details=changed)
    revocation.record(session, revoked, now=now)
    session.commit()
    revocation.announce(revoked)
    return True
