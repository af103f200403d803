"""Every setting of the auth service."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auth_service.mails.sender import sender_address
from auth_service.mfa.totp import MAXIMUM_ISSUER_CHARACTERS
from auth_service.secret_key import MINIMUM_SECRET_BYTES
from auth_service.users.roles import ROLES
from servicekit.env import RateLimits, setting
from servicekit.service_config import ServiceConfig

LONGEST_ACCESS_TOKEN_TTL_SECONDS = 86_400
# No path, query or white space; the host is not looked at further.
PLAIN_URL = re.compile(r"https?://[^\s/?#@]+")


@dataclass(frozen=True, kw_only=True)
class AuthConfig(ServiceConfig):
    """What the auth service reads from the environment, once."""

    database_url: str = setting(
        "AUTH_DATABASE_URL", "Database without password: `postgresql+psycopg2://role@host:port/name`."
    )
    database_password: str = setting("AUTH_DATABASE_PASSWORD", "Password of that role.", secret=True)
    secret_key: str = setting(
        "AUTH_SECRET_KEY", "Secret from which the keys of this service are made; at least 32 bytes.", secret=True
    )
    access_token_ttl_seconds: int = setting(
        "AUTH_ACCESS_TOKEN_TTL_SECONDS",
        "Life of an access token.",
        default=900,
        minimum=30,
        maximum=LONGEST_ACCESS_TOKEN_TTL_SECONDS,
    )
    refresh_token_ttl_seconds: int = setting(
        "AUTH_REFRESH_TOKEN_TTL_SECONDS",
        "Life of a refresh token; each refresh gives one that lives as long again.",
        default=2_592_000,
        minimum=60,
        maximum=31_536_000,
    )
    refresh_grace_seconds: int = setting(
        "AUTH_REFRESH_GRACE_SECONDS",
        "How long a used refresh token still gives its successor, while that one is unused.",
        default=10,
        minimum=0,
        maximum=120,
    )
    session_ttl_seconds: int = setting(
        "AUTH_SESSION_TTL_SECONDS",
        "Longest life of a session, however often it is refreshed.",
        default=7_776_000,
        minimum=60,
        maximum=315_360_000,
    )
    argon2_memory_kib: int = setting(
        "AUTH_ARGON2_MEMORY_KIB", "Memory of one password hash.", default=19_456, minimum=8, maximum=1_048_576
    )
    argon2_time_cost: int = setting(
        "AUTH_ARGON2_TIME_COST", "Passes of one password hash.", default=2, minimum=1, maximum=20
    )
    api_keys_per_user: int = setting(
        "AUTH_API_KEYS_PER_USER", "Live API keys of one account.", default=50, minimum=1, maximum=10_000
    )
    rate_limit_registrations: RateLimits = setting(
        "AUTH_RATE_LIMIT_REGISTRATIONS", "Registrations from one address.", default=RateLimits("10 per hour")
    )
    rate_limit_sign_ins: RateLimits = setting(
        "AUTH_RATE_LIMIT_SIGN_INS",
        "Sign-ins from one address, right ones too: each costs the hash of a password.",
        default=RateLimits("120 per minute"),
    )
    rate_limit_refreshes: RateLimits = setting(
        "AUTH_RATE_LIMIT_REFRESHES", "Token refreshes from one address.", default=RateLimits("300 per minute")
    )
    rate_limit_refused_api_keys: RateLimits = setting(
        "AUTH_RATE_LIMIT_REFUSED_API_KEYS",
        "API keys from one address that are refused.",
        default=RateLimits("60 per minute"),
    )
    rate_limit_signed_in_reads: RateLimits = setting(
        "AUTH_RATE_LIMIT_SIGNED_IN_READS", "Reads of one account or API key.", default=RateLimits("1200 per minute")
    )
    rate_limit_writes: RateLimits = setting(
        "AUTH_RATE_LIMIT_WRITES", "Writes of one account or API key.", default=RateLimits("120 per minute")
    )
    rate_limit_revocations: RateLimits = setting(
        "AUTH_RATE_LIMIT_REVOCATIONS", "Token revocations from one address.", default=RateLimits("300 per minute")
    )
    rate_limit_introspections: RateLimits = setting(
        "AUTH_RATE_LIMIT_INTROSPECTIONS",
        "Token introspections by one account or API key.",
        default=RateLimits("3000 per minute"),
    )
    rate_limit_taken_names: RateLimits = setting(
        "AUTH_RATE_LIMIT_TAKEN_NAMES",
        "Changes of one account that are refused because another has the e-mail address or username.",
        default=RateLimits("10 per hour"),
    )
    rate_limit_exports: RateLimits = setting(
        "AUTH_RATE_LIMIT_EXPORTS", "Exports of all that is held about one account.", default=RateLimits("10 per hour")
    )
    public_url: str = setting(
        "COLOPHON_PUBLIC_URL",
        "Address at which customers reach the gateway, without a path; links in mails begin with it.",
        default="http://localhost:8080",
    )
    smtp_host: str | None = setting(
        "AUTH_SMTP_HOST", "Mail server that mails are handed to; without one none is sent.", default=None
    )
    smtp_port: int = setting("AUTH_SMTP_PORT", "Port of the mail server.", default=587, minimum=1, maximum=65_535)
    smtp_security: str = setting(
        "AUTH_SMTP_SECURITY",
        "`starttls` (usual on port 587), `tls` from the first byte (465), or `none`, for a server on your own network.",
        default="starttls",
        choices=("none", "starttls", "tls"),
    )
    smtp_username: str | None = setting("AUTH_SMTP_USERNAME", "Name to sign in to the mail server with.", default=None)
    smtp_password: str | None = setting("AUTH_SMTP_PASSWORD", "Password of that name.", default=None, secret=True)
    mail_from: str | None = setting(
        "AUTH_MAIL_FROM",
        "Sender of mails, such as `Colophon <no-reply@example.org>`; required with a mail server.",
        default=None,
    )
    books_url: str = setting(
        "AUTH_BOOKS_URL",
        "Where the worker tells the books service what happened to accounts; without a path.",
        default="http://books:8000",
    )
    mfa_required_roles: tuple[str, ...] = setting(
        "AUTH_MFA_REQUIRED_ROLES",
        "Roles that may do nothing without a second factor but set one up; separated by commas.",
        default=(),
    )
    mfa_issuer_name: str = setting(
        "AUTH_MFA_ISSUER_NAME", "How authenticator apps name this installation.", default="Colophon"
    )

    failed_sign_ins_free_per_account: int = setting(
        "AUTH_FAILED_SIGN_INS_FREE_PER_ACCOUNT",
        "Failed sign-ins to one account, and failed confirmations by it, before anybody has to wait.",
        default=5,
        minimum=1,
        maximum=10_000,
    )
    failed_sign_ins_free_per_address: int = setting(
        "AUTH_FAILED_SIGN_INS_FREE_PER_ADDRESS",
        "Failed sign-ins from one address, which a whole library may share, before anybody has to wait.",
        default=30,
        minimum=1,
        maximum=100_000,
    )
    failed_sign_ins_first_delay_seconds: int = setting(
        "AUTH_FAILED_SIGN_INS_FIRST_DELAY_SECONDS",
        "The wait when the free ones are used up; each further failure doubles it.",
        default=2,
        minimum=1,
        maximum=3600,
    )
    failed_sign_ins_longest_delay_seconds: int = setting(
        "AUTH_FAILED_SIGN_INS_LONGEST_DELAY_SECONDS",
        "Longest wait of one address for one account, and for confirmations.",
        default=900,
        minimum=1,
        maximum=86_400,
    )
    failed_sign_ins_longest_shared_delay_seconds: int = setting(
        "AUTH_FAILED_SIGN_INS_LONGEST_SHARED_DELAY_SECONDS",
        "Longest wait that others can cause: at unknown addresses for one account, at one address for all.",
        default=60,
        minimum=1,
        maximum=86_400,
    )
    failed_sign_ins_forgotten_seconds: int = setting(
        "AUTH_FAILED_SIGN_INS_FORGOTTEN_SECONDS",
        "Time in which all the free ones come back, one after the other.",
        default=900,
        minimum=1,
        maximum=604_800,
    )
    password_minimum_characters: int = setting(
        "AUTH_PASSWORD_MINIMUM_CHARACTERS",
        "Characters that a new password has at least; NIST SP 800-63B-4 asks for 15 where there is no second factor.",
        default=8,
        minimum=8,
        maximum=64,
    )
    password_reset_ttl_minutes: int = setting(
        "AUTH_PASSWORD_RESET_TTL_MINUTES",
        "How long the mailed link for a new password works.",
        default=30,
        minimum=5,
        maximum=1440,
    )
    email_confirmation_ttl_minutes: int = setting(
        "AUTH_EMAIL_CONFIRMATION_TTL_MINUTES",
        "How long the mailed links that confirm an e-mail address work.",
        default=1440,
        minimum=5,
        maximum=10_080,
    )
    email_verification: str = setting(
        "AUTH_EMAIL_VERIFICATION",
        "`optional` asks new accounts by mail to confirm their address, `required` also lets nobody sign in before "
        "that, `off` does neither.",
        default="optional",
        choices=("off", "optional", "required"),
    )
    rate_limit_recovery_per_address: RateLimits = setting(
        "AUTH_RATE_LIMIT_RECOVERY_PER_ADDRESS",
        "Requests for a mail that resets a password or confirms an address, from one network address.",
        default=RateLimits("30 per hour"),
    )
    rate_limit_recovery_per_account: RateLimits = setting(
        "AUTH_RATE_LIMIT_RECOVERY_PER_ACCOUNT",
        "The same for one e-mail address, whether or not an account has it; each kind of mail by itself.",
        default=RateLimits("3 per hour"),
    )
    rate_limit_one_time_tokens: RateLimits = setting(
        "AUTH_RATE_LIMIT_ONE_TIME_TOKENS",
        "Uses of mailed links from one network address.",
        default=RateLimits("60 per minute"),
    )
    rate_limit_email_changes: RateLimits = setting(
        "AUTH_RATE_LIMIT_EMAIL_CHANGES",
        "Changes of e-mail address that send mails, of one account.",
        default=RateLimits("5 per hour"),
    )

    def __post_init__(self) -> None:
        """Raise ValueError when settings are not usable together or a secret is too short."""
        super().__post_init__()
        if len(self.secret_key.encode()) < MINIMUM_SECRET_BYTES:
            raise ValueError(f"AUTH_SECRET_KEY must have at least {MINIMUM_SECRET_BYTES} bytes")
        if not PLAIN_URL.fullmatch(self.public_url):
            raise ValueError("COLOPHON_PUBLIC_URL must be http://host or https://host, with a port if need be")
        if self.mail_from is not None:
            try:
                sender_address(self.mail_from)
            except ValueError as error:
                raise ValueError(f"AUTH_MAIL_FROM {error}") from error
        elif self.smtp_host is not None:
            raise ValueError("AUTH_MAIL_FROM is required with AUTH_SMTP_HOST: the sender of mails")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("AUTH_SMTP_USERNAME and AUTH_SMTP_PASSWORD are given both or not at all")
        if self.smtp_username is not None and self.smtp_security == "none":
            raise ValueError(
                "AUTH_SMTP_USERNAME needs AUTH_SMTP_SECURITY starttls or tls, or anybody reads the password"
            )
        if not PLAIN_URL.fullmatch(self.books_url):
            raise ValueError("AUTH_BOOKS_URL must be http://host or https://host, with a port if need be")
        if unknown := sorted(set(self.mfa_required_roles) - set(ROLES)):
            raise ValueError(
                f"AUTH_MFA_REQUIRED_ROLES names no role: {', '.join(unknown)}; there are {', '.join(ROLES)}"
            )
        if ":" in self.mfa_issuer_name or len(self.mfa_issuer_name) > MAXIMUM_ISSUER_CHARACTERS:
            raise ValueError(f"AUTH_MFA_ISSUER_NAME must have at most {MAXIMUM_ISSUER_CHARACTERS} characters, no colon")
