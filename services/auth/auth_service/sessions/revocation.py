"""Access tokens refused before their time, through the revocation set that both services read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from servicekit.access_tokens import LEEWAY_SECONDS
from servicekit.revocation import RevocationSet


@dataclass(frozen=True, slots=True)
class AccessTokenRevocation:
    """Refuses the access tokens of sessions that have ended.

    Args:
        token_life: how long an access token is good for.
    """

    revocations: RevocationSet
    token_life: timedelta

    @property
    def longest_life(self) -> timedelta:
        """How long after its issue a token may still be accepted."""
        return self.token_life + timedelta(seconds=LEEWAY_SECONDS)

    def revoke(self, session_ids: Collection[str]) -> None:
        """Refuse the tokens of ``session_ids`` everywhere from now on; call it after the commit.

        When Redis is away this is logged, and the tokens live on elsewhere until they expire by themselves.
        """
        if session_ids:
            self.revocations.revoke(session_ids, int(self.token_life.total_seconds()))
