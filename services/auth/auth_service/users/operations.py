"""What changes users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from auth_service.attempts.operations import AttemptGuard, forget_account
from auth_service.attempts.subjects import CONFIRMATION
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.outbox.kinds import ACCOUNT_DELETED, ACCOUNT_RENAMED
from auth_service.outbox.recording import record_event
from auth_service.recovery.account_mails import AccountMails
from auth_service.recovery.tokens import EMAIL_CHANGE_KINDS, PASSWORD_RESET, void_tokens
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.ending import end_sessions
from auth_service.users import queries
from auth_service.users.assigning import UNIQUE_NAMES, set_email, set_password, set_username
from auth_service.users.epochs import end_epoch
from auth_service.users.errors import (
    CurrentPasswordRequired,
    CurrentPasswordWrong,
    EmailAlreadyTaken,
    RoleChangeForbidden,
)
from auth_service.users.locking import keep_an_admin, locked_user
from auth_service.users.models import User
from auth_service.users.names import display_name, normalized_email
from auth_service.users.passwords import Passwords
from auth_service.users.roles import USER
from servicekit.database import DatabaseSession, constraint_errors
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate
from servicekit.revocation import user_name

log = structlog.get_logger(__name__)


def create_user(
    session: DatabaseSession,
    passwords: Passwords,
    *,
    email: str,
    password: str,
    username: str | None = None,
    name: str | None = None,
    role: str = USER,
    email_verified_at: datetime | None = None,
    origin: Origin,
    by_oneself: bool = False,
    also: Callable[[User], None] | None = None,
) -> int:
    """Return the id of a new user, who registered ``by_oneself`` or was made by an admin or operator.

    ``also`` does what belongs into the same transaction, such as asking the user to confirm the address.

    Raises:
        PasswordNotAcceptable: the password is one of the user's own names.
        EmailAlreadyTaken, UsernameAlreadyTaken: by another account.
    """
    user = User(name=name, role=role, email_verified_at=email_verified_at)
    set_email(user, email)
    set_username(user, username)
    set_password(user, passwords, password)
    session.add(user)
    with constraint_errors(UNIQUE_NAMES):
        session.flush()
    user_id = user.id
    if by_oneself:
        # Whoever else the same program is signed in as.
        record(session, actions.REGISTERED, origin=origin, user_id=user_id, actor_id=user_id, details={"role": role})
    else:
        record(session, actions.USER_CREATED, origin=origin, user_id=user_id, details={"role": role})
    _tell_name(session, user, known=None, origin=origin)
    if also is not None:
        also(user)
    session.commit()
    log.info("user_created", user_id=user_id, role=role)
    return user_id


def update_user(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    revocation: AccessTokenRevocation,
    user_id: int,
    changes: Mapping[str, Any],
    *,
    if_match: IfMatch,
    own_session_id: str | None,
    may_change_role: bool,
    account_mails: AccountMails,
    origin: Origin,
    now: datetime,
) -> bool:
    """Set the fields of ``changes`` on a user; others stay.

    Returns whether a new address of one's own waits to be confirmed at both, which it does where there is a mail
    server; otherwise, and when an admin changes another, it counts at once.

    A new password ends the user's other sessions. A new role ends every access token, because it tells the old one;
    sessions go on, and their next refresh tells the new one.

    ``changes`` may hold e-mail address, username, name, password and role, and the current password as a confirmation.
    ``own_session_id`` is the session of users who change themselves, None when an admin changes another; admins alone
    ``may_change_role``.

    Raises:
        NothingToUpdate: no field is named.
        UserNotFound: there is no such user.
        PreconditionFailed: ``if_match`` names another version of the user.
        RoleChangeForbidden: another role is given by somebody who is no admin.
        LastAdmin: another role is given to the last admin.
        CurrentPasswordRequired, CurrentPasswordWrong: one's own password or e-mail address needs a confirmation.
        TooManyAttempts: too many confirmations have failed.
        PasswordNotAcceptable: the password is one of the user's own names.
        EmailAlreadyTaken, UsernameAlreadyTaken: by another account.
    """
    fields = {name: value for name, value in changes.items() if name != "current_password"}
    if not fields:
        raise NothingToUpdate
    user = locked_user(session, user_id)
    _check_change(user, fields, if_match=if_match, may_change_role=may_change_role)
    if own_session_id is not None and ("password" in fields or fields.get("email", user.email) != user.email):
        user = confirm_password(
            session, passwords, attempts, user_id, changes.get("current_password"), origin=origin, now=now
        )
        _check_change(user, fields, if_match=if_match, may_change_role=may_change_role)
    role_changes = "role" in fields and fields["role"] != user.role
    if role_changes:
        keep_an_admin(session, user)

    waits = own_session_id is not None and _starts_email_change(session, account_mails, user, fields, origin, now)
    if waits:
        del fields["email"]
    old_role, old_email, old_name = user.role, user.email, display_name(user.name, user.username)
    renamed = [field for field in ("name", "username") if field in fields and fields[field] != getattr(user, field)]
    email_changes = fields.get("email", user.email) != user.email
    moves = normalized_email(fields.get("email", user.email)) != user.email_normalized
    if "email" in fields:
        set_email(user, fields["email"])
    if moves:
        user.email_verified_at = None
    if "username" in fields:
        set_username(user, fields["username"])
    if "name" in fields:
        user.name = fields["name"]
    if "password" in fields:
        set_password(user, passwords, fields["password"])
    if role_changes:
        user.role = fields["role"]
    with constraint_errors(UNIQUE_NAMES):
        session.flush()
    revoked: list[str] = []
    if "password" in fields:
        revoked += end_sessions(
            session,
            user_id,
            now=now,
            longest_life=revocation.longest_life,
            except_session_id=own_session_id,
        )
        record(session, actions.PASSWORD_CHANGED, origin=origin, user_id=user_id)
        # Whoever knew the old one may have asked for these.
        void_tokens(session, user_id, (PASSWORD_RESET, *(() if waits else EMAIL_CHANGE_KINDS)))
        account_mails.tell_password_changed(session, user, now=now)
    if role_changes:
        revoked.append(end_epoch(user))
        record(
            session,
            actions.ROLE_CHANGED,
            origin=origin,
            user_id=user_id,
            details={"from": old_role, "to": user.role},
        )
    if email_changes:
        record(session, actions.EMAIL_CHANGED, origin=origin, user_id=user_id)
    if moves:
        void_tokens(session, user_id, EMAIL_CHANGE_KINDS)
        account_mails.tell_email_changed(session, user, old_email=old_email, now=now)
        account_mails.ask_to_verify(session, user, now=now)
    if renamed:
        record(session, actions.USER_CHANGED, origin=origin, user_id=user_id, details={"fields": renamed})
    _tell_name(session, user, known=old_name, origin=origin)
    revocation.record(session, revoked, now=now)
    session.commit()
    if role_changes:
        log.info("role_changed", user_id=user_id, role=fields["role"])
    revocation.announce(revoked)
    return waits


def delete_user(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    revocation: AccessTokenRevocation,
    user_id: int,
    *,
    own: bool,
    current_password: str | None,
    if_match: IfMatch,
    origin: Origin,
    now: datetime,
) -> None:
    """Delete a user with all sessions; the tokens of the user are refused from now on.

    ``current_password`` confirms the deletion of one's ``own`` account and counts for nothing else.

    Raises:
        UserNotFound: there is no such user.
        PreconditionFailed: ``if_match`` names another version of the user.
        CurrentPasswordRequired, CurrentPasswordWrong, TooManyAttempts: one's own account needs a confirmation.
        LastAdmin: nobody else could administer.
    """
    user = locked_user(session, user_id)
    if_match.check(user.version)
    if own:
        user = confirm_password(session, passwords, attempts, user_id, current_password, origin=origin, now=now)
        if_match.check(user.version)
    keep_an_admin(session, user)
    # Sessions are locked as a refresh locks them, before the deletion takes them along.
    end_sessions(session, user_id, now=now, longest_life=revocation.longest_life)
    revoked = [user_name(user_id, user.token_epoch)]
    forget_account(session, user_id)
    session.delete(user)
    record(session, actions.USER_DELETED, origin=origin, user_id=user_id)
    record_event(session, ACCOUNT_DELETED, origin=origin, user_id=user_id)
    revocation.record(session, revoked, now=now)
    session.commit()
    log.info("user_deleted", user_id=user_id)
    revocation.announce(revoked)


def confirm_password(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    user_id: int,
    current_password: str | None,
    *,
    origin: Origin,
    now: datetime,
) -> User:
    """Return the locked user, whom ``current_password`` proves to be the one who asks.

    It commits, so it is called before anything is changed, and what was checked of a user locked earlier is to be
    checked again.

    Raises:
        UserNotFound: there is no such user.
        CurrentPasswordRequired: there is no password.
        CurrentPasswordWrong: it is another, which is recorded.
        TooManyAttempts: too many have failed.
    """
    if current_password is None:
        raise CurrentPasswordRequired
    password_hash = locked_user(session, user_id).password_hash
    attempt = attempts.begin(session, attempts.subjects.of_user(CONFIRMATION, user_id), now=now)
    if not passwords.matches(current_password, password_hash):
        attempts.failed(session, attempt, origin=origin, user_id=user_id)
        record(session, actions.CURRENT_PASSWORD_WRONG, origin=origin, user_id=user_id)
        session.commit()
        raise CurrentPasswordWrong
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    user = locked_user(session, user_id)
    if user.password_hash != password_hash and not passwords.matches(current_password, user.password_hash):
        raise CurrentPasswordWrong
    return user


def _check_change(user: User, fields: Mapping[str, Any], *, if_match: IfMatch, may_change_role: bool) -> None:
    if_match.check(user.version)
    if fields.get("role", user.role) != user.role and not may_change_role:
        raise RoleChangeForbidden


def _tell_name(session: DatabaseSession, user: User, *, known: str | None, origin: Origin) -> None:
    """Have other services told the display name of ``user``, unless it is the one that they know."""
    name = display_name(user.name, user.username)
    if name != known:
        record_event(session, ACCOUNT_RENAMED, origin=origin, user_id=user.id, payload={"display_name": name})


def _starts_email_change(
    session: DatabaseSession,
    account_mails: AccountMails,
    user: User,
    fields: Mapping[str, Any],
    origin: Origin,
    now: datetime,
) -> bool:
    """Ask a locked ``user`` at both addresses about a new one in ``fields``; return whether there is one to ask about.

    Raises:
        EmailAlreadyTaken: by another account; by whom is looked at once more when both have confirmed.
    """
    new_email = fields.get("email", user.email)
    if not account_mails.email_changes_are_confirmed or normalized_email(new_email) == user.email_normalized:
        return False
    if queries.find_user_id_by_email(session, new_email) is not None:
        raise EmailAlreadyTaken
    account_mails.ask_to_change_email(session, user, new_email, now=now)
    record(session, actions.EMAIL_CHANGE_REQUESTED, origin=origin, user_id=user.id)
    return True
