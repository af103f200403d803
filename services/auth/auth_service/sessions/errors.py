"""Why a sign-in or a refresh is refused."""

from __future__ import annotations

from servicekit.access import Forbidden
from servicekit.envelope import ApiError


class CredentialsRefused(ApiError):
    """What was sent to prove an identity does not."""

    status = 401


class InvalidCredentials(CredentialsRefused):
    """The account is unknown or the password is another; which of both is never told."""

    code, message = "invalid_credentials", "The name or the password is not right."


class RefreshTokenMissing(CredentialsRefused):
    """No refresh token was sent, neither in the body nor as bearer."""

    code = "refresh_token_missing"
    message = "Send the refresh token as Authorization: Bearer <token> or as refresh_token in the body."


class RefreshTokenInvalid(CredentialsRefused):
    """The token is not a refresh token of ours, or its account is gone."""

    code, message = "refresh_token_invalid", "The refresh token is not valid."


class RefreshTokenExpired(CredentialsRefused):
    """The token was not used in time."""

    code, message = "refresh_token_expired", "The refresh token has expired; sign in again."


class RefreshTokenReused(CredentialsRefused):
    """The token was used before, by whomever, so its whole family is revoked (RFC 9700, section 4.14.2)."""

    code, message = "refresh_token_reused", "The refresh token was used before; the session has ended, sign in again."


class RefreshTokenRevoked(CredentialsRefused):
    """The session of the token has ended before its time.

    Signed out, password changed or reset, second factor turned on or reset, account disabled, or a token reused. A new
    role ends access tokens only.
    """

    code, message = "refresh_token_revoked", "The session of the refresh token has ended; sign in again."


class AccountDisabled(Forbidden):
    """The password is right and an admin has disabled the account."""

    code, message = "account_disabled", "This account is disabled; ask who runs this catalogue."


class EmailNotVerified(Forbidden):
    """The password is right, and this installation lets nobody in before the address of the account is confirmed."""

    code = "email_not_verified"
    message = "Confirm your e-mail address first, by the link that was mailed to it."


class SessionNotFound(ApiError):
    """The caller has no live session with this id."""

    code, status, message = "session_not_found", 404, "There is no such session."
