"""What goes when an account gets its first owner who is known: whoever registered it may have been somebody else."""

from __future__ import annotations

from datetime import datetime

from auth_service.api_keys.ending import revoke_keys
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa.credentials import find_locked_credential, remove_second_factor
from auth_service.mfa.notices import RESET, MfaNotices
from auth_service.users.models import User
from servicekit.database import DatabaseSession


def take_over(
    session: DatabaseSession,
    notices: MfaNotices,
    user: User,
    *,
    origin: Origin,
    actor_id: int | None = None,
    now: datetime,
) -> list[str]:
    """Confirm the address of a locked ``user``, whose second factor and API keys go, without committing.

    An address that nobody had confirmed may have been registered by somebody who has no right to it, in the hope that
    the owner uses the account one day. A new password and the end of every session are up to the caller.

    Returns the names under which the access tokens of the keys are to be revoked.
    """
    user.email_verified_at = now
    record(session, actions.EMAIL_VERIFIED, origin=origin, user_id=user.id, actor_id=actor_id)
    if find_locked_credential(session, user.id) is not None:
        remove_second_factor(session, user.id)
        record(session, actions.MFA_RESET, origin=origin, user_id=user.id, actor_id=actor_id)
        notices.queue(session, user, RESET, now=now)
    return revoke_keys(session, user.id, origin=origin, actor_id=actor_id, now=now)
