"""Which users a list shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, or_

from auth_service.users.models import User


def conditions_of(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded arguments of the list ask for; all of them must hold."""
    conditions = []
    if search := arguments.get("search"):
        columns = (User.name, User.username, User.email)
        conditions.append(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    if "role" in arguments:
        conditions.append(User.role == arguments["role"])
    for name, column in (("disabled", User.disabled_at), ("email_verified", User.email_verified_at)):
        if name in arguments:
            conditions.append(column.is_not(None) if arguments[name] else column.is_(None))
    if "created_from" in arguments:
        conditions.append(User.created_at >= arguments["created_from"])
    if "created_to" in arguments:
        conditions.append(User.created_at <= arguments["created_to"])
    return conditions
