"""What recovers accounts and confirms addresses."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete

from auth_service.attempts.operations import forget_passwords
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa.notices import MfaNotices
from auth_service.recovery import queries
from auth_service.recovery.account_mails import AccountMails
from auth_service.recovery.errors import EmailChangeNotFound, OneTimeTokenInvalid, UserDisabled
from auth_service.recovery.first_proof import take_over
from auth_service.recovery.models import OneTimeToken, RecoveryRequest
from auth_service.recovery.tokens import (
    ALL_KINDS,
    EMAIL_CHANGE_KINDS,
    EMAIL_CHANGE_NEW,
    EMAIL_CHANGE_OLD,
    PASSWORD_RESET,
    VERIFY_EMAIL,
    hash_of_token,
    void_tokens,
)
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.ending import end_sessions
from auth_service.users import queries as users
from auth_service.users.assigning import UNIQUE_NAMES, set_email, set_password
from auth_service.users.epochs import end_epoch
from auth_service.users.errors import UserNotFound
from auth_service.users.models import User
from auth_service.users.names import normalized_email
from auth_service.users.passwords import Passwords
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.pruning import delete_in_batches
from servicekit.work_queue import claim_due

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
# Finding an account means more work, which must not slow down the answer that is still on its way.
ANSWERED_AFTER = timedelta(seconds=1)
# Whoever asked has long asked again.
ANSWERED_WITHIN = timedelta(days=1)


def request_mail(session: DatabaseSession, kind: str, email: str, *, origin: Origin, now: datetime) -> None:
    """Have the mail of ``kind`` (``PASSWORD_RESET`` or ``VERIFY_EMAIL``) sent to ``email``, if an account has it.

    Nothing is looked up here, so that neither the answer nor its time tell whether one has.
    """
    session.add(
        RecoveryRequest(
            kind=kind,
            email=email,
            address=origin.address,
            user_agent=origin.user_agent,
            request_id=origin.request_id,
            due_at=now + ANSWERED_AFTER,
        )
    )
    session.commit()


def answer_next_request(session: DatabaseSession, account_mails: AccountMails, *, now: datetime) -> bool:
    """Write the mail that was asked for longest ago, if there is an account for it; return False when none was."""
    claimed = claim_due(session, RecoveryRequest, now=now, lease=LEASE, limit=1)
    session.commit()
    for request in claimed:
        user = _owner_of(session, request.email)
        if user is not None and request.kind == PASSWORD_RESET:
            asked = Origin(address=request.address, user_agent=request.user_agent, request_id=request.request_id)
            account_mails.send_reset(session, user, now=now)
            record(session, actions.PASSWORD_RESET_REQUESTED, origin=asked, user_id=user.id)
        elif user is not None and user.email_verified_at is None:
            account_mails.ask_to_verify(session, user, now=now)
        session.execute(
            delete(RecoveryRequest).where(RecoveryRequest.id == request.id),
            execution_options={"synchronize_session": False},
        )
        session.commit()
    return bool(claimed)


def send_reset_as_admin(
    session: DatabaseSession, account_mails: AccountMails, user_id: int, *, origin: Origin, now: datetime
) -> None:
    """Have the link for a new password sent to a user.

    Raises:
        UserNotFound: there is no such user.
        UserDisabled: the link would not work.
    """
    user = _locked(session, user_id)
    if user is None:
        raise UserNotFound
    if user.disabled_at is not None:
        raise UserDisabled
    account_mails.send_reset(session, user, now=now)
    record(session, actions.PASSWORD_RESET_REQUESTED, origin=origin, user_id=user_id)
    session.commit()


def reset_password(
    session: DatabaseSession,
    passwords: Passwords,
    revocation: AccessTokenRevocation,
    account_mails: AccountMails,
    mfa_notices: MfaNotices,
    token: str,
    password: str,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Set the password of the user whom ``token`` was mailed to; every session ends and every token is refused.

    The mail reached them, so the address is confirmed too. A change of the address that was asked for before is
    called off. Nobody is signed in, and a second factor stays (OWASP Forgot Password Cheat Sheet), as API keys do. When
    nobody had confirmed the address before, both go: they may be those of somebody who registered it for another.

    Raises:
        OneTimeTokenInvalid: the token counts for nothing, or no longer.
        PasswordNotAcceptable: the password is too short here or one of the user's own names; the token still counts.
    """
    user, found = _redeemed(session, token, (PASSWORD_RESET,), now=now)
    _require_current(user, found)
    set_password(user, passwords, password)
    revoked: list[str] = []
    if user.email_verified_at is None:
        revoked += take_over(session, mfa_notices, user, origin=origin, actor_id=user.id, now=now)
    session.flush()
    void_tokens(session, user.id, ALL_KINDS)
    revoked += end_sessions(session, user.id, now=now, longest_life=revocation.longest_life)
    revoked.append(end_epoch(user))
    record(session, actions.PASSWORD_RESET, origin=origin, user_id=user.id, actor_id=user.id)
    account_mails.tell_password_changed(session, user, now=now)
    revocation.record(session, revoked, now=now)
    # Nobody has failed with the new password, and no address is known to have had it.
    forget_passwords(session, user.id)
    user_id = user.id
    session.commit()
    log.info("password_reset", user_id=user_id)
    revocation.announce(revoked)


def verify_email(session: DatabaseSession, token: str, *, origin: Origin, now: datetime) -> tuple[str, datetime]:
    """Confirm the address that ``token`` was mailed to; return it and since when it is confirmed.

    Raises:
        OneTimeTokenInvalid: the token counts for nothing, or no longer.
    """
    user, found = _redeemed(session, token, (VERIFY_EMAIL,), now=now)
    _require_current(user, found)
    verified_at = user.email_verified_at or now
    if user.email_verified_at is None:
        user.email_verified_at = verified_at
        record(session, actions.EMAIL_VERIFIED, origin=origin, user_id=user.id, actor_id=user.id)
    email = user.email
    session.commit()
    return email, verified_at


def confirm_email_change(
    session: DatabaseSession, account_mails: AccountMails, token: str, *, origin: Origin, now: datetime
) -> str | None:
    """Confirm the change of an address at the one that ``token`` was mailed to; with both, the address changes.

    Returns the kind of token that is still missing, or None when the address has changed. Sessions go on.

    Raises:
        OneTimeTokenInvalid: the token counts for nothing, or no longer.
        EmailAlreadyTaken: another account has got the address meanwhile.
    """
    user, found = _redeemed(session, token, EMAIL_CHANGE_KINDS, now=now)
    other_kind = EMAIL_CHANGE_OLD if found.kind == EMAIL_CHANGE_NEW else EMAIL_CHANGE_NEW
    other = queries.find_token_of_kind(session, user.id, other_kind)
    if other is None or other.email != found.email:
        raise OneTimeTokenInvalid
    details = {"address": "new" if found.kind == EMAIL_CHANGE_NEW else "old"}
    record(session, actions.EMAIL_CHANGE_CONFIRMED, origin=origin, user_id=user.id, actor_id=user.id, details=details)
    if other.used_at is None:
        session.commit()
        return other_kind
    old_email = user.email
    set_email(user, found.email)
    user.email_verified_at = now
    with constraint_errors(UNIQUE_NAMES):
        session.flush()
    # Links for a new password that went to the old address too.
    void_tokens(session, user.id, ALL_KINDS)
    account_mails.tell_email_changed(session, user, old_email=old_email, now=now)
    record(session, actions.EMAIL_CHANGED, origin=origin, user_id=user.id, actor_id=user.id)
    session.commit()
    return None


def cancel_email_change(session: DatabaseSession, user_id: int, *, origin: Origin, now: datetime) -> None:
    """Call off the change of one's address that waits to be confirmed.

    Raises:
        EmailChangeNotFound: none is waiting.
    """
    _locked(session, user_id)
    if queries.find_pending_email(session, user_id, now=now) is None:
        raise EmailChangeNotFound
    void_tokens(session, user_id, EMAIL_CHANGE_KINDS)
    record(session, actions.EMAIL_CHANGE_CANCELLED, origin=origin, user_id=user_id)
    session.commit()


def prune_recovery(session: DatabaseSession, *, now: datetime) -> tuple[int, int]:
    """Delete tokens that have expired and requests that could not be answered for a day; return how many of each."""
    tokens = delete_in_batches(session, OneTimeToken.id, OneTimeToken.expires_at < now)
    requests = delete_in_batches(session, RecoveryRequest.id, RecoveryRequest.created_at < now - ANSWERED_WITHIN)
    return tokens, requests


def _redeemed(
    session: DatabaseSession, token: str, kinds: Collection[str], *, now: datetime
) -> tuple[User, OneTimeToken]:
    """Return the locked owner of ``token`` and the token, marked as used; nothing is committed.

    Whoever comes second with it waits for the lock of the owner and then finds it used. Every other answer is the
    same, so that none tells what there was.
    """
    token_hash = hash_of_token(token)
    owner_id = queries.find_owner_id(session, token_hash)
    # The user is locked before the token, as it is when one is issued: another order could end in a deadlock.
    user = None if owner_id is None else _locked(session, owner_id)
    found = queries.find_token(session, token_hash)
    if (
        user is None
        or found is None
        or found.kind not in kinds
        or found.used_at is not None
        or found.expires_at <= now
        or user.disabled_at is not None
    ):
        raise OneTimeTokenInvalid
    found.used_at = now
    return user, found


def _require_current(user: User, found: OneTimeToken) -> None:
    """Return when the token went to the address that the account has now."""
    if normalized_email(found.email) != user.email_normalized:
        raise OneTimeTokenInvalid


def _owner_of(session: DatabaseSession, email: str) -> User | None:
    """Return the locked user who has ``email`` and may sign in, or None."""
    user_id = users.find_user_id_by_email(session, email)
    user = None if user_id is None else _locked(session, user_id)
    if user is None or user.disabled_at is not None or user.email_normalized != normalized_email(email):
        return None
    return user


def _locked(session: DatabaseSession, user_id: int) -> User | None:
    return session.get(User, user_id, with_for_update=True, populate_existing=True)
