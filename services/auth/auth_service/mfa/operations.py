"""What changes second factors, and the second half of a sign-in that needs one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import RowMapping, delete, select

from auth_service.attempts.operations import Attempt, AttemptGuard
from auth_service.attempts.subjects import CODE_CONFIRMATION
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa import queries
from auth_service.mfa.challenges import hash_of_challenge, is_open
from auth_service.mfa.credentials import (
    find_locked_credential,
    get_confirmed_credential,
    get_unconfirmed_credential,
    remove_second_factor,
    replace_recovery_codes,
)
from auth_service.mfa.errors import (
    MfaAlreadyEnabled,
    MfaChallengeInvalid,
    MfaCodeInvalid,
    MfaCodeWrong,
    MfaNotEnabled,
    MfaResetForbidden,
)
from auth_service.mfa.models import SignInChallenge, TotpCredential
from auth_service.mfa.notices import DISABLED, ENABLED, RECOVERY_CODES_RENEWED, RESET, MfaNotices
from auth_service.mfa.proofs import RECOVERY_CODE, Proof, SecondFactors, use_up
from auth_service.mfa.requirement import MfaRequirement
from auth_service.mfa.totp import new_secret, otpauth_uri
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.ending import end_sessions
from auth_service.sessions.operations import IssuedTokens, open_session
from auth_service.sessions.refresh_tokens import RefreshTokens
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users import queries as users
from auth_service.users.epochs import end_epoch
from auth_service.users.errors import UserNotFound
from auth_service.users.models import User
from auth_service.users.operations import confirm_password
from auth_service.users.passwords import Passwords
from servicekit.database import DatabaseSession

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app has to learn; it is shown once."""

    secret: str = field(repr=False)
    otpauth_uri: str = field(repr=False)


def begin_enrolment(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    factors: SecondFactors,
    user_id: int,
    *,
    current_password: str,
    origin: Origin,
    now: datetime,
) -> Enrolment:
    """Return a new secret for the user's app, which counts once a code of it is confirmed; an earlier one is void.

    Raises:
        CurrentPasswordWrong: the password is another.
        TooManyAttempts: too many have failed.
        MfaAlreadyEnabled: the user has a second factor.
        UserNotFound: the account is gone.
    """
    user = confirm_password(session, passwords, attempts, user_id, current_password, origin=origin, now=now)
    credential = find_locked_credential(session, user_id)
    if credential is not None and credential.confirmed_at is not None:
        raise MfaAlreadyEnabled
    secret = new_secret()
    encrypted = factors.secrets.encrypt(secret, user_id)
    if credential is None:
        session.add(TotpCredential(user_id=user_id, secret_encrypted=encrypted))
    else:
        credential.secret_encrypted = encrypted
    uri = otpauth_uri(secret, account_name=user.email, issuer_name=factors.issuer_name)
    session.commit()
    return Enrolment(secret, uri)


def confirm_enrolment(
    session: DatabaseSession,
    attempts: AttemptGuard,
    factors: SecondFactors,
    revocation: AccessTokenRevocation,
    notices: MfaNotices,
    user_id: int,
    *,
    code: str,
    own_session_id: str,
    origin: Origin,
    now: datetime,
) -> list[str]:
    """Let the secret count that ``code`` was made with and return the recovery codes, which nobody can see again.

    The user's other sessions end: they were opened without the factor.

    Raises:
        MfaNotBegun: no secret was asked for, or it was stored under another key.
        MfaAlreadyEnabled: the user has a second factor.
        MfaCodeWrong: the code is not right.
        TooManyAttempts: too many were not.
        UserNotFound: the account is gone.
    """
    user, credential, attempt = _proven(
        session, attempts, factors, user_id, Proof(code=code), get_unconfirmed_credential, origin=origin, now=now
    )
    credential.confirmed_at = now
    codes = replace_recovery_codes(session, factors, user_id)
    ended = end_sessions(
        session, user_id, now=now, longest_life=revocation.longest_life, except_session_id=own_session_id
    )
    record(session, actions.MFA_ENABLED, origin=origin, user_id=user_id)
    notices.queue(session, user, ENABLED, now=now)
    revocation.record(session, ended, now=now)
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    log.info("mfa_enabled", user_id=user_id)
    revocation.announce(ended)
    return codes


def disable_mfa(
    session: DatabaseSession,
    passwords: Passwords,
    attempts: AttemptGuard,
    factors: SecondFactors,
    requirement: MfaRequirement,
    revocation: AccessTokenRevocation,
    notices: MfaNotices,
    user_id: int,
    *,
    current_password: str,
    proof: Proof,
    origin: Origin,
    now: datetime,
) -> None:
    """Take the second factor off the user's account.

    Where the role requires one, access tokens end with it, and those that a refresh gives allow nothing but enrolling.

    Raises:
        CurrentPasswordWrong: the password is another.
        MfaNotEnabled: there is no second factor.
        MfaCodeWrong: the code is not right.
        TooManyAttempts: too many passwords or codes were not.
        UserNotFound: the account is gone.
    """
    confirm_password(session, passwords, attempts, user_id, current_password, origin=origin, now=now)
    user, _, attempt = _proven(
        session, attempts, factors, user_id, proof, get_confirmed_credential, origin=origin, now=now
    )
    remove_second_factor(session, user_id)
    revoked = [end_epoch(user)] if requirement.applies_to(user.role) else []
    record(session, actions.MFA_DISABLED, origin=origin, user_id=user_id)
    notices.queue(session, user, DISABLED, now=now)
    revocation.record(session, revoked, now=now)
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    log.info("mfa_disabled", user_id=user_id)
    revocation.announce(revoked)


def renew_recovery_codes(
    session: DatabaseSession,
    attempts: AttemptGuard,
    factors: SecondFactors,
    notices: MfaNotices,
    user_id: int,
    *,
    code: str,
    origin: Origin,
    now: datetime,
) -> list[str]:
    """Return new recovery codes, which nobody can see again; the old ones are void.

    Raises:
        MfaNotEnabled: there is no second factor.
        MfaCodeWrong: the code is not right.
        TooManyAttempts: too many were not.
        UserNotFound: the account is gone.
    """
    user, _, attempt = _proven(
        session, attempts, factors, user_id, Proof(code=code), get_confirmed_credential, origin=origin, now=now
    )
    codes = replace_recovery_codes(session, factors, user_id)
    record(session, actions.RECOVERY_CODES_RENEWED, origin=origin, user_id=user_id)
    notices.queue(session, user, RECOVERY_CODES_RENEWED, now=now)
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    return codes


def reset_mfa(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    notices: MfaNotices,
    user_id: int,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Take the second factor off somebody else's account, whose sessions and tokens end.

    Raises:
        MfaResetForbidden: it is one's own.
        UserNotFound: there is no such user.
        MfaNotEnabled: there is no second factor, not even one that waits to be confirmed.
    """
    if origin.user_id == user_id:
        raise MfaResetForbidden
    user = _locked_user(session, user_id)
    if find_locked_credential(session, user_id) is None:
        raise MfaNotEnabled
    remove_second_factor(session, user_id)
    revoked = end_sessions(session, user_id, now=now, longest_life=revocation.longest_life)
    revoked.append(end_epoch(user))
    record(session, actions.MFA_RESET, origin=origin, user_id=user_id)
    notices.queue(session, user, RESET, now=now)
    revocation.record(session, revoked, now=now)
    session.commit()
    log.info("mfa_reset", user_id=user_id)
    revocation.announce(revoked)


def complete_sign_in(
    session: DatabaseSession,
    attempts: AttemptGuard,
    factors: SecondFactors,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    refresh_tokens: RefreshTokens,
    *,
    challenge: str,
    proof: Proof,
    origin: Origin,
    now: datetime,
) -> tuple[IssuedTokens, RowMapping]:
    """Return the tokens of a new session, and the user, who answers ``challenge`` with a right code.

    A challenge gives one session; so does a code.

    Raises:
        MfaChallengeInvalid: the challenge is unknown, over, used, answered wrongly too often, or void because the
            password, the role or the second factor has changed or the account was disabled.
        MfaCodeInvalid: the code is not right.
        TooManyAttempts: too many codes were not, for the account over all challenges, or from the address.
    """
    challenge_id = hash_of_challenge(challenge)
    user_id = queries.find_user_id_of_challenge(session, challenge_id, now=now)
    if user_id is None:
        raise MfaChallengeInvalid
    subjects = attempts.subjects.of_second_factor(user_id, address=origin.address)
    attempt = attempts.begin(session, subjects, now=now)
    # The user is locked first, as by whoever changes the account: another order could end in a deadlock.
    locking = select(*users.PUBLIC_COLUMNS).where(User.id == user_id).with_for_update()
    user = session.execute(locking).mappings().one_or_none()
    answered = session.get(SignInChallenge, challenge_id, with_for_update=True, populate_existing=True)
    credential = find_locked_credential(session, user_id)
    if user is None or answered is None or credential is None or credential.confirmed_at is None:
        raise MfaChallengeInvalid
    if not is_open(answered, user, now=now):
        raise MfaChallengeInvalid
    if not use_up(session, factors, credential, proof, now=now):
        answered.attempts += 1
        attempts.failed(session, attempt, origin=origin, user_id=user_id)
        _record_failure(session, proof, user_id, origin)
        session.commit()
        raise MfaCodeInvalid
    answered.ended_at = now
    if proof.method == RECOVERY_CODE:
        record(session, actions.RECOVERY_CODE_USED, origin=origin, user_id=user_id, actor_id=user_id)
    tokens = open_session(session, requirement, issuer, refresh_tokens, user, origin=origin, now=now)
    attempts.succeeded(session, attempt, now=now)
    session.commit()
    return tokens, user


def prune_challenges(session: DatabaseSession, *, now: datetime) -> None:
    """Delete the challenges that nobody can answer any more."""
    session.execute(
        delete(SignInChallenge).where(SignInChallenge.expires_at < now),
        execution_options={"synchronize_session": False},
    )
    session.commit()


def _locked_user(session: DatabaseSession, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise UserNotFound
    return user


def _proven(
    session: DatabaseSession,
    attempts: AttemptGuard,
    factors: SecondFactors,
    user_id: int,
    proof: Proof,
    get_credential: Callable[[DatabaseSession, SecondFactors, int], TotpCredential],
    *,
    origin: Origin,
    now: datetime,
) -> tuple[User, TotpCredential, Attempt]:
    """Use ``proof`` up for a change of one's own second factor; return the locked rows, and the attempt that succeeds.

    It commits, so it is called before anything is changed.

    Raises:
        MfaCodeWrong: it is not right, which is recorded.
        TooManyAttempts: too many were not.
        UserNotFound: the account is gone.
        MfaNotEnabled, MfaNotBegun, MfaAlreadyEnabled: by ``get_credential``, before anything is counted.
    """
    get_credential(session, factors, user_id)
    attempt = attempts.begin(session, attempts.subjects.of_user(CODE_CONFIRMATION, user_id), now=now)
    user = _locked_user(session, user_id)
    credential = get_credential(session, factors, user_id)
    if not use_up(session, factors, credential, proof, now=now):
        attempts.failed(session, attempt, origin=origin, user_id=user_id)
        _record_failure(session, proof, user_id, origin)
        session.commit()
        raise MfaCodeWrong
    if proof.method == RECOVERY_CODE:
        record(session, actions.RECOVERY_CODE_USED, origin=origin, user_id=user_id)
    return user, credential, attempt


def _record_failure(session: DatabaseSession, proof: Proof, user_id: int, origin: Origin) -> None:
    record(session, actions.MFA_FAILED, origin=origin, user_id=user_id, details={"method": proof.method})
