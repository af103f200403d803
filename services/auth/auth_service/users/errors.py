"""What can go wrong with users."""

from __future__ import annotations

from auth_service.users.roles import MANAGE_USERS
from servicekit.access import Forbidden
from servicekit.challenges import insufficient_scope
from servicekit.envelope import ApiError, ValidationFailed


class UserNotFound(ApiError):
    """No user has this id."""

    code, status, message = "user_not_found", 404, "There is no such user."


class EmailAlreadyTaken(ApiError):
    """Another account has this e-mail address, whatever its case."""

    code, status, message = "email_already_taken", 409, "An account with this e-mail address exists already."


class UsernameAlreadyTaken(ApiError):
    """Another account has this username, whatever its case."""

    code, status, message = "username_already_taken", 409, "This username is taken."


class LastAdmin(ApiError):
    """The change would leave nobody who can administer."""

    code, status = "last_admin", 409
    message = "The last admin who may sign in can neither be deleted, nor disabled, nor be given another role."


class AccountOfAnother(Forbidden):
    """Only admins act on other people's accounts; whether there is such an account is not told."""

    challenge = insufficient_scope(MANAGE_USERS)


class RoleChangeForbidden(Forbidden):
    """Only admins change roles."""

    challenge = insufficient_scope(MANAGE_USERS)
    code, message = "role_change_forbidden", "Only an admin may change a role."


class CurrentPasswordWrong(Forbidden):
    """A change of one's own account was confirmed with a wrong password."""

    code, message = "current_password_wrong", "The current password is not right."


class CurrentPasswordRequired(ValidationFailed):
    """What one does to one's own account needs the current password."""

    def __init__(self) -> None:
        reason = "Needed to change one's own password or e-mail address, and to delete one's own account."
        super().__init__(details={"current_password": [reason]})


class PasswordNotAcceptable(ValidationFailed):
    """The password breaks a rule; ``details`` names each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(details={"password": problems})
