"""Who must have a second factor, and what somebody may do who has none yet."""

from __future__ import annotations

from dataclasses import dataclass

from auth_service.mfa import queries
from auth_service.users.roles import ENROL, scopes_of_role
from servicekit.database import DatabaseSession


@dataclass(frozen=True, slots=True)
class MfaRequirement:
    """The roles whose members must have a second factor."""

    roles: frozenset[str]

    def applies_to(self, role: str) -> bool:
        """Return whether members of ``role`` must have one."""
        return role in self.roles

    def effective_scopes(self, session: DatabaseSession, user_id: int, role: str) -> tuple[str, ...]:
        """Return the scopes that access tokens of a user may carry now, however the user comes by them.

        They are those of ``role``; where it requires a second factor and the user has none, enrolling is all.
        """
        if self.applies_to(role) and not queries.has_second_factor(session, user_id):
            return (ENROL,)
        return scopes_of_role(role)
