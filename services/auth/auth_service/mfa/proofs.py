"""Checking a code of either kind against what is stored, and using it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update

from auth_service.mfa.models import RecoveryCode, TotpCredential
from auth_service.mfa.recovery_codes import RecoveryCodeHashes
from auth_service.mfa.totp import matching_step
from auth_service.mfa.totp_secrets import TotpSecrets
from servicekit.database import DatabaseSession

TOTP = "totp"
RECOVERY_CODE = "recovery_code"
METHODS = (TOTP, RECOVERY_CODE)


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What this installation keeps second factors with.

    Args:
        issuer_name: how authenticator apps name this installation.
    """

    secrets: TotpSecrets
    hashes: RecoveryCodeHashes
    issuer_name: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One of the two: a code of the app, or a recovery code in canonical form."""

    code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        """Return which of ``METHODS`` it is."""
        return TOTP if self.recovery_code is None else RECOVERY_CODE


def use_up(
    session: DatabaseSession, factors: SecondFactors, credential: TotpCredential, proof: Proof, *, now: datetime
) -> bool:
    """Return whether ``proof`` is right for the owner of the locked ``credential``; it is not a second time.

    Nothing is committed.
    """
    if proof.recovery_code is not None:
        return _use_up_recovery_code(session, factors, credential.user_id, proof.recovery_code, now)
    secret = factors.secrets.decrypt(credential.secret_encrypted, credential.user_id)
    if secret is None or proof.code is None:
        return False
    step = matching_step(secret, proof.code, now=now, after=credential.last_used_step)
    if step is None:
        return False
    credential.last_used_step = step
    return True


def _use_up_recovery_code(
    session: DatabaseSession, factors: SecondFactors, user_id: int, recovery_code: str, now: datetime
) -> bool:
    using = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == factors.hashes.hash(recovery_code, user_id),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now, version=RecoveryCode.version + 1)
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(using).first() is not None
