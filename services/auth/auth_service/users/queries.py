"""What is read of users; no answer of these but ``find_credentials`` holds a password hash."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, Select, and_, exists, func, or_, select

from auth_service.revocations.models import Revocation
from auth_service.users.errors import UserNotFound
from auth_service.users.models import User
from auth_service.users.names import normalized_email
from auth_service.users.roles import ADMIN
from servicekit.access_tokens import TokenRevoked
from servicekit.database import DatabaseSession
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


def list_users(session: DatabaseSession, request: PageRequest, search: str | None) -> Page:
    """Return a page of the users that match ``search``, the newest first, as rows of ``get_user``.

    ``search`` is looked for inside name, username and e-mail address, ignoring case; it holds no wildcards.
    """
    query = _searched(select(*PUBLIC_COLUMNS), search)
    total = session.scalar(_searched(select(func.count()).select_from(User), search)) or 0
    newest_first = query.order_by(User.created_at.desc(), User.id.desc())
    rows = session.execute(newest_first.limit(request.per_page).offset(request.offset)).mappings().all()
    return Page(rows, request, total)


def _searched(query: Select[*tuple[Any, ...]], search: str | None) -> Select[*tuple[Any, ...]]:
    if not search:
        return query
    columns = (User.name, User.username, User.email)
    return query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))


def find_credentials(session: DatabaseSession, name_kind: str, normalized_name: str) -> RowMapping | None:
    """Return id and password hash of the account that a sign-in names (see ``names.login_name``), or None."""
    column = User.email_normalized if name_kind == "email" else User.username_normalized
    query = select(User.id, User.password_hash).where(column == normalized_name)
    return session.execute(query).mappings().one_or_none()


def find_user_id_by_email(session: DatabaseSession, email: str) -> int | None:
    """Return the id of the user with this e-mail address, whatever its case, or None."""
    return session.scalar(select(User.id).where(User.email_normalized == normalized_email(email)))


def has_another_admin(session: DatabaseSession, user_id: int) -> bool:
    """Return whether somebody else than ``user_id`` is an admin."""
    return bool(session.scalar(select(exists().where(and_(User.role == ADMIN, User.id != user_id)))))
