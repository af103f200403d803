"""What the views hand down to operations, made once for each application from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from auth_service.attempts.operations import AttemptGuard
from auth_service.attempts.rules import DelayRule, DelayRules
from auth_service.attempts.subjects import ACCOUNT, ADDRESS, Subjects
from auth_service.config import AuthConfig
from auth_service.mfa.notices import MfaNotices
from auth_service.mfa.proofs import SecondFactors
from auth_service.mfa.recovery_codes import RecoveryCodeHashes
from auth_service.mfa.requirement import MfaRequirement
from auth_service.mfa.totp_secrets import TotpSecrets
from auth_service.recovery.account_mails import AccountMails
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.secret_key import derived_key
from auth_service.sessions.refresh_tokens import RefreshTokens
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users.common_passwords import common_passwords
from auth_service.users.passwords import Passwords
from servicekit.key_ring import KeyRing
from servicekit.revocation import RevocationSet

KNOWN_AFTER_SESSION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of the auth service that know its configuration."""

    passwords: Passwords
    issuer: AccessTokenIssuer
    revocation: AccessTokenRevocation
    refresh_tokens: RefreshTokens
    api_keys_per_user: int
    attempts: AttemptGuard
    mfa_requirement: MfaRequirement
    second_factors: SecondFactors
    mfa_notices: MfaNotices
    account_mails: AccountMails


def wire(config: AuthConfig, ring: KeyRing, revocations: RevocationSet) -> Wiring:
    """Return the parts for ``config``.

    Raises:
        ImportError, OSError: the list of common passwords is not installed.
    """
    # Read now rather than by the first who registers.
    common_passwords()
    access_token_life = timedelta(seconds=config.access_token_ttl_seconds)
    return Wiring(
        Passwords(
            memory_kib=config.argon2_memory_kib,
            time_cost=config.argon2_time_cost,
            minimum_characters=config.password_minimum_characters,
        ),
        AccessTokenIssuer(ring, config.token_issuer, config.token_audience, access_token_life),
        AccessTokenRevocation(revocations, access_token_life),
        RefreshTokens(
            successor_key=derived_key(config.secret_key, "refresh-successor"),
            life=timedelta(seconds=config.refresh_token_ttl_seconds),
            session_life=timedelta(seconds=config.session_ttl_seconds),
            grace=timedelta(seconds=config.refresh_grace_seconds),
        ),
        config.api_keys_per_user,
        _attempt_guard(config),
        MfaRequirement(frozenset(config.mfa_required_roles)),
        SecondFactors(
            TotpSecrets(derived_key(config.secret_key, "totp-secrets")),
            RecoveryCodeHashes(derived_key(config.secret_key, "recovery-codes")),
            issuer_name=config.mfa_issuer_name,
        ),
        MfaNotices(link=f"{config.public_url}/account/"),
        AccountMails(
            public_url=config.public_url,
            reset_minutes=config.password_reset_ttl_minutes,
            confirmation_minutes=config.email_confirmation_ttl_minutes,
            verification=config.email_verification,
            email_changes_are_confirmed=config.smtp_host is not None,
        ),
    )


def _attempt_guard(config: AuthConfig) -> AttemptGuard:
    def rule(free: int, longest_seconds: int) -> DelayRule:
        return DelayRule(
            free * config.rate_limit_scale,
            config.failed_sign_ins_first_delay_seconds,
            longest_seconds,
            config.failed_sign_ins_forgotten_seconds,
        )

    shared, own = config.failed_sign_ins_longest_shared_delay_seconds, config.failed_sign_ins_longest_delay_seconds
    return AttemptGuard(
        Subjects(derived_key(config.secret_key, "attempt-subjects")),
        DelayRules(
            {
                ACCOUNT: rule(config.failed_sign_ins_free_per_account, shared),
                ADDRESS: rule(config.failed_sign_ins_free_per_address, shared),
            },
            other=rule(config.failed_sign_ins_free_per_account, own),
        ),
        # Whoever has to sign in again at the end of the longest session comes from an address that is known.
        known_for=timedelta(seconds=config.session_ttl_seconds) + KNOWN_AFTER_SESSION,
    )
