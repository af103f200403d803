"""What can go wrong with second factors."""

from __future__ import annotations

from auth_service.sessions.errors import CredentialsRefused
from servicekit.access import Forbidden
from servicekit.envelope import ApiError


class MfaCodeInvalid(CredentialsRefused):
    """At sign-in: the code is wrong, over or was used; which of them is never told."""

    code, message = "mfa_code_invalid", "The code is not right, or it was used already."


class MfaChallengeInvalid(CredentialsRefused):
    """The challenge is unknown, over, used up by wrong codes, or void since the account changed."""

    code, message = "mfa_challenge_invalid", "The sign-in took too long or is no longer valid; sign in again."


class MfaCodeWrong(Forbidden):
    """A change of one's own second factor was confirmed with a wrong code."""

    code, message = "mfa_code_wrong", "The code is not right, or it was used already."


class MfaResetForbidden(Forbidden):
    """Nobody resets their own second factor: what the factor guards would not be asked for it."""

    code = "mfa_reset_forbidden"
    message = "Turn off your own second factor with your password and a code."


class MfaNotEnabled(ApiError):
    """The account has no second factor."""

    code, status, message = "mfa_not_enabled", 404, "The account has no second factor."


class MfaAlreadyEnabled(ApiError):
    """The account has a second factor, which has to be turned off before another one is set up."""

    code, status, message = "mfa_already_enabled", 409, "The account has a second factor already."


class MfaNotBegun(ApiError):
    """There is nothing to confirm: no secret was asked for, or it can no longer be read."""

    code, status, message = "mfa_not_begun", 409, "There is no second factor to confirm; ask for a new secret."
