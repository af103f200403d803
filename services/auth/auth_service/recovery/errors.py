"""Why an account is not recovered, or an address not confirmed."""

from __future__ import annotations

from servicekit.envelope import ApiError


class OneTimeTokenInvalid(ApiError):
    """The token was never issued, was used, has expired, was replaced by a newer one, or its account is disabled."""

    code, status = "one_time_token_invalid", 422
    message = "This link does not work: it was used before, has expired, or a newer one was sent. Ask for another one."


class UserDisabled(ApiError):
    """An admin asks to let somebody back in who was disabled."""

    code, status, message = "user_disabled", 409, "The account is disabled; enable it first."


class EmailChangeNotFound(ApiError):
    """No change of one's e-mail address waits to be confirmed."""

    code, status, message = "email_change_not_found", 404, "No change of the e-mail address is waiting."
