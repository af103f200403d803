"""Setting the fields of a user that have rules of their own."""

from __future__ import annotations

from auth_service.users.errors import EmailAlreadyTaken, PasswordNotAcceptable, UsernameAlreadyTaken
from auth_service.users.models import User
from auth_service.users.names import normalized_email, normalized_username
from auth_service.users.passwords import Passwords, personal_problems

UNIQUE_NAMES = {
    "uq_users_email_normalized": EmailAlreadyTaken,
    "uq_users_username_normalized": UsernameAlreadyTaken,
}


def set_email(user: User, email: str) -> None:
    """Give ``user`` the address ``email``; whether another account has it, the database tells."""
    normalized = normalized_email(email)
    if normalized is None:
        raise ValueError("the schema lets e-mail addresses through only")
    user.email, user.email_normalized = email, normalized


def set_username(user: User, username: str | None) -> None:
    """Give ``user`` a username or none; whether another account has it, the database tells."""
    user.username = username
    user.username_normalized = None if username is None else normalized_username(username)


def set_password(user: User, passwords: Passwords, password: str) -> None:
    """Give ``user``, whose names are set, a password.

    Raises:
        PasswordNotAcceptable: it is too short for this installation or one of the user's own names.
    """
    problems = passwords.problems(password)
    problems += personal_problems(password, email=user.email, username=user.username, name=user.name)
    if problems:
        raise PasswordNotAcceptable(problems)
    user.password_hash = passwords.hash(password)
