"""The rows of a user's second factor, locked, replaced and removed; nothing is committed here."""

from __future__ import annotations

from sqlalchemy import delete, insert

from auth_service.mfa.errors import MfaAlreadyEnabled, MfaNotBegun, MfaNotEnabled
from auth_service.mfa.models import RecoveryCode, TotpCredential
from auth_service.mfa.proofs import SecondFactors
from auth_service.mfa.recovery_codes import new_codes
from servicekit.database import DatabaseSession


def find_locked_credential(session: DatabaseSession, user_id: int) -> TotpCredential | None:
    """Return the user's credential, whether or not it counts yet, locked and as it is now, or None."""
    return session.get(TotpCredential, user_id, with_for_update=True, populate_existing=True)


def get_confirmed_credential(session: DatabaseSession, _: SecondFactors, user_id: int) -> TotpCredential:
    """Return the user's credential that counts, locked.

    Raises:
        MfaNotEnabled: there is none.
    """
    credential = find_locked_credential(session, user_id)
    if credential is None or credential.confirmed_at is None:
        raise MfaNotEnabled
    return credential


def get_unconfirmed_credential(session: DatabaseSession, factors: SecondFactors, user_id: int) -> TotpCredential:
    """Return the user's credential that waits to be confirmed, locked.

    Raises:
        MfaNotBegun: there is none, or it was stored under another key.
        MfaAlreadyEnabled: it counts already.
    """
    credential = find_locked_credential(session, user_id)
    if credential is None:
        raise MfaNotBegun
    if credential.confirmed_at is not None:
        raise MfaAlreadyEnabled
    if factors.secrets.decrypt(credential.secret_encrypted, user_id) is None:
        raise MfaNotBegun
    return credential


def replace_recovery_codes(session: DatabaseSession, factors: SecondFactors, user_id: int) -> list[str]:
    """Store new recovery codes in place of the old ones and return them as they are shown."""
    codes = new_codes()
    _remove_recovery_codes(session, user_id)
    rows = [{"user_id": user_id, "code_hash": factors.hashes.hash(code, user_id)} for code in codes]
    session.execute(insert(RecoveryCode.__table__), rows)
    return codes


def remove_second_factor(session: DatabaseSession, user_id: int) -> None:
    """Delete the user's credential and recovery codes."""
    _remove_recovery_codes(session, user_id)
    session.execute(
        delete(TotpCredential).where(TotpCredential.user_id == user_id),
        execution_options={"synchronize_session": False},
    )


def _remove_recovery_codes(session: DatabaseSession, user_id: int) -> None:
    session.execute(
        delete(RecoveryCode).where(RecoveryCode.user_id == user_id), execution_options={"synchronize_session": False}
    )
