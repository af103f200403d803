"""What each role may do, as the scopes that its access tokens carry."""

from __future__ import annotations

USER = "user"
LIBRARIAN = "librarian"
ADMIN = "admin"

MANAGE_USERS = "users:admin"

_OF_A_USER = ("books:read", "books:write")
# To curate is to change any book, whoever created it.
_OF_A_LIBRARIAN = (*_OF_A_USER, "books:curate", "books:import")
_OF_AN_ADMIN = (*_OF_A_LIBRARIAN, "books:admin", MANAGE_USERS)

SCOPES_BY_ROLE = {USER: _OF_A_USER, LIBRARIAN: _OF_A_LIBRARIAN, ADMIN: _OF_AN_ADMIN}
ROLES = tuple(SCOPES_BY_ROLE)


def scope_of_role(role: str) -> str:
    """Return the scopes of ``role`` as the ``scope`` claim holds them, separated by spaces (RFC 8693, section 4.2)."""
    return " ".join(SCOPES_BY_ROLE[role])
