"""The locks under which users change."""

from __future__ import annotations

from sqlalchemy import text

from auth_service.users import queries
from auth_service.users.errors import LastAdmin, UserNotFound
from auth_service.users.models import User
from auth_service.users.roles import ADMIN
from servicekit.database import DatabaseSession


def locked_user(session: DatabaseSession, user_id: int) -> User:
    """Return the user as it is now; nobody else changes it before this transaction ends.

    Raises:
        UserNotFound: there is no such user.
    """
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise UserNotFound
    return user


def keep_an_admin(session: DatabaseSession, user: User) -> None:
    """Return when somebody can administer without the locked ``user``, whatever other transactions are about to do.

    Only admins who may sign in count. Row locks alone would let two admins remove each other at the same time. This
    lock comes after that of the user's row, and whoever holds it waits for no other admin's row, so that there can be
    no deadlock.

    Raises:
        LastAdmin: nobody else could.
    """
    if user.role != ADMIN or user.disabled_at is not None:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('auth.users: the admins'))"))
    if not queries.has_another_enabled_admin(session, user.id):
        raise LastAdmin
