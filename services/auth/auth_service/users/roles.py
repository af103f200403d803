"""What each role may do, as the scopes that its access tokens carry."""

from __future__ import annotations

USER = "user"
LIBRARIAN = "librarian"
ADMIN = "admin"

MANAGE_USERS = "users:admin"
# One's own profile, password, sessions, second factor and API keys. No API key ever carries it.
MANAGE_ACCOUNT = "account:manage"
READ_AUDIT = "audit:read"
INTROSPECT_TOKENS = "tokens:introspect"

_OF_A_USER = ("books:read", "books:write", MANAGE_ACCOUNT)
# To curate is to change any book, whoever created it.
_OF_A_LIBRARIAN = (*_OF_A_USER, "books:curate", "books:import")
_OF_AN_ADMIN = (*_OF_A_LIBRARIAN, "books:admin", MANAGE_USERS, READ_AUDIT, INTROSPECT_TOKENS)

SCOPES_BY_ROLE = {USER: _OF_A_USER, LIBRARIAN: _OF_A_LIBRARIAN, ADMIN: _OF_AN_ADMIN}
ROLES = tuple(SCOPES_BY_ROLE)


def scopes_of_role(role: str) -> tuple[str, ...]:
    """Return the scopes of ``role``."""
    return SCOPES_BY_ROLE[role]
