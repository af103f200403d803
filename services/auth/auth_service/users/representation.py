"""A user as the answers show it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

MEMBERS = (
    "id",
    "email",
    "username",
    "name",
    "role",
    "email_verified_at",
    "disabled_at",
    "created_at",
    "updated_at",
    "version",
)


def user_url(user_id: int) -> str:
    """Return the path of a user."""
    return f"/api/v1/users/{user_id}"


def represent_user(user: RowMapping) -> dict[str, Any]:
    """Return the JSON members of ``user``: those named here and no other, so that nothing secret can slip out."""
    return {**{member: user[member] for member in MEMBERS}, "links": {"self": user_url(user["id"])}}
