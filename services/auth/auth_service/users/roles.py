"""What each role may do, as the scopes that its access tokens carry."""

from __future__ import annotations

from collections.abc import Collection

from servicekit.access import ACCOUNT_PREFIX

USER = "user"
LIBRARIAN = "librarian"
ADMIN = "admin"

MANAGE_USERS = "users:admin"
# One's own profile, password, sessions, second factor and API keys. No API key ever carries it.
MANAGE_ACCOUNT = "account:manage"
# Setting up a second factor, and signing out: all that a session may do that lacks the factor its role requires. Every
# session may do so; no API key ever carries it either.
ENROL = "account:enrol"
READ_AUDIT = "audit:read"
INTROSPECT_TOKENS = "tokens:introspect"

_OF_A_USER = (
    "books:read",
    "books:write",
    "reviews:write",
    "reading_list:read",
    "reading_list:write",
    MANAGE_ACCOUNT,
    ENROL,
)
# To curate is to change any book, whoever created it.
_OF_A_LIBRARIAN = (*_OF_A_USER, "books:curate", "books:import")
_OF_AN_ADMIN = (*_OF_A_LIBRARIAN, "books:admin", MANAGE_USERS, READ_AUDIT, INTROSPECT_TOKENS)

SCOPES_BY_ROLE = {USER: _OF_A_USER, LIBRARIAN: _OF_A_LIBRARIAN, ADMIN: _OF_AN_ADMIN}
ROLES = tuple(SCOPES_BY_ROLE)


# What an API key may carry; what an account is and how it is guarded, one's own or another's, is for people who have
# signed in: whoever makes admins and sets passwords could give a key all the rest.
GRANTABLE_SCOPES = tuple(
    scope for scope in _OF_AN_ADMIN if not scope.startswith(ACCOUNT_PREFIX) and scope != MANAGE_USERS
)


def scopes_of_role(role: str) -> tuple[str, ...]:
    """Return the scopes of ``role``."""
    return SCOPES_BY_ROLE[role]


def scopes_for_key(role: str, scopes: Collection[str]) -> tuple[str, ...]:
    """Return those of ``scopes`` that an API key of somebody with ``role`` carries."""
    return tuple(scope for scope in SCOPES_BY_ROLE[role] if scope in GRANTABLE_SCOPES and scope in scopes)
