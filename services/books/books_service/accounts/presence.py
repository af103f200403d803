"""The row of an account, made when it is first needed, and locked against what else may happen to the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, select
from sqlalchemy.dialects.postgresql import insert

from books_service.accounts.models import Account
from servicekit.access_tokens import TokenRevoked
from servicekit.database import DatabaseSession


def hold_account(session: DatabaseSession, user_id: int) -> None:
    """Return when the account is not deleted; it will not be until the transaction ends.

    For whatever stores something of an account: what it stores is seen by a deletion that comes later. Callers hold the
    account before they lock anything else.

    Raises:
        TokenRevoked: the account is deleted, whatever the token says that the caller came with.
    """
    held = select(Account.deleted_at).where(Account.user_id == user_id).with_for_update(read=True)
    row = session.execute(held).one_or_none()
    if row is None:
        _add(session, user_id)
        row = session.execute(held).one()
    if row.deleted_at is not None:
        raise TokenRevoked


def hold_accounts(session: DatabaseSession, user_ids: CompoundSelect[Any]) -> list[int]:
    """Return those of ``user_ids`` that are deleted; the others will not be until the transaction ends.

    For whatever stores again what was kept of accounts other than the caller's, which the caller has held by now.
    """
    accounts = session.execute(
        select(Account.user_id, Account.deleted_at)
        .where(Account.user_id.in_(user_ids))
        # In one order for everybody.
        .order_by(Account.user_id)
        .with_for_update(read=True)
    )
    return [user_id for user_id, deleted_at in accounts if deleted_at is not None]


def locked_account(session: DatabaseSession, user_id: int) -> Account:
    """Return the account, locked until the transaction ends; nobody holds it and nobody else changes it meanwhile."""
    account = session.get(Account, user_id, with_for_update=True, populate_existing=True)
    if account is None:
        _add(session, user_id)
        account = session.get_one(Account, user_id, with_for_update=True, populate_existing=True)
    return account


def _add(session: DatabaseSession, user_id: int) -> None:
    """Add an account of which nothing is known, unless somebody else does so this moment."""
    session.execute(insert(Account.__table__).values(user_id=user_id).on_conflict_do_nothing())
