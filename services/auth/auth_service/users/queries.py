"""What is read of users; no answer of these but ``find_credentials`` holds a password hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Text, exists, func, select

from auth_service.revocations.models import Revocation
from auth_service.users.errors import UserNotFound
from auth_service.users.models import User
from auth_service.users.names import normalized_email
from auth_service.users.roles import ADMIN
from servicekit.access_tokens import TokenRevoked
from servicekit.database import DatabaseSession
from servicekit.ordering import order_by
from servicekit.pagination import Page, PageRequest
from servicekit.revocation import session_name

PUBLIC_COLUMNS = (
    User.id,
    User.email,
    User.username,
    User.name,
    User.role,
    User.version,
    User.created_at,
    User.updated_at,
    User.email_verified_at,
    User.disabled_at,
    User.token_epoch,
)

SORTS: dict[str, Any] = {
    "id": User.id,
    # Names by the form in which they are compared, so that case makes no difference.
    "email": User.email_normalized,
    "username": User.username_normalized,
    "name": func.lower(User.name, type_=Text),
    "created_at": User.created_at,
    "updated_at": User.updated_at,
}
NEWEST_FIRST = "-created_at"


def find_user(session: DatabaseSession, user_id: int) -> RowMapping | None:
    """Return the user or None."""
    return session.execute(select(*PUBLIC_COLUMNS).where(User.id == user_id)).mappings().one_or_none()


def get_user(session: DatabaseSession, user_id: int) -> RowMapping:
    """Return the user.

    Raises:
        UserNotFound: when there is none.
    """
    user = find_user(session, user_id)
    if user is None:
        raise UserNotFound
    return user


def get_caller(session: DatabaseSession, *, user_id: int, epoch: int, session_id: str) -> RowMapping:
    """Return the user whom an access token names.

    Signature and revocation set are checked before this. It asks the database once more, so that here a token stops
    counting with its account, epoch or session even while Redis is away.

    Raises:
        TokenRevoked: the account is gone or disabled or in another epoch, or the session or API key has ended.
    """
    ended = exists().where(Revocation.name == session_name(session_id))
    query = select(*PUBLIC_COLUMNS).where(
        User.id == user_id, User.token_epoch == epoch, User.disabled_at.is_(None), ~ended
    )
    caller = session.execute(query).mappings().one_or_none()
    if caller is None:
        raise TokenRevoked
    return caller


def list_users(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: PageRequest,
) -> Page:
    """Return a page of the users that meet ``conditions``, as rows of ``get_user``.

    ``order`` holds pairs of a name in ``SORTS`` and whether it descends; who has no such name comes last either way.
    """
    total = session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
    query = select(*PUBLIC_COLUMNS).where(*conditions).order_by(*order_by(SORTS, order))
    rows = session.execute(query.limit(request.per_page).offset(request.offset)).mappings().all()
    return Page(rows, request, total)


def find_credentials(session: DatabaseSession, name_kind: str, normalized_name: str) -> RowMapping | None:
    """Return id and password hash of the account that a sign-in names (see ``names.login_name``), or None."""
    column = User.email_normalized if name_kind == "email" else User.username_normalized
    query = select(User.id, User.password_hash).where(column == normalized_name)
    return session.execute(query).mappings().one_or_none()


def find_user_id_by_email(session: DatabaseSession, email: str) -> int | None:
    """Return the id of the user with this e-mail address, whatever its case, or None."""
    return session.scalar(select(User.id).where(User.email_normalized == normalized_email(email)))


def has_another_enabled_admin(session: DatabaseSession, user_id: int) -> bool:
    """Return whether somebody else than ``user_id`` is an admin who may sign in."""
    another = exists().where(User.role == ADMIN, User.disabled_at.is_(None), User.id != user_id)
    return bool(session.scalar(select(another)))
