"""Revoking: first in the transaction of what is done, then, after its commit, in Redis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from auth_service.revocations.models import Revocation
from servicekit.access_tokens import LEEWAY_SECONDS
from servicekit.database import DatabaseSession
from servicekit.revocation import RevocationSet

# Between reading the state of an account and signing a token that tells it.
SIGNING_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class AccessTokenRevocation:
    """Refuses access tokens in every service.

    Args:
        token_life: how long an access token is good for.
    """

    revocations: RevocationSet
    token_life: timedelta

    @property
    def longest_life(self) -> timedelta:
        """How long after something is revoked a token of it may still be met."""
        return self.token_life + timedelta(seconds=LEEWAY_SECONDS) + SIGNING_MARGIN

    def record(self, session: DatabaseSession, names: Collection[str], *, now: datetime) -> None:
        """Add ``names`` to what is revoked, without committing."""
        if not names:
            return
        rows = insert(Revocation).values([{"name": name, "expires_at": now + self.longest_life} for name in names])
        later = func.greatest(Revocation.expires_at, rows.excluded.expires_at)
        session.execute(rows.on_conflict_do_update(index_elements=[Revocation.name], set_={"expires_at": later}))

    def announce(self, names: Collection[str]) -> None:
        """Have ``names`` refused everywhere from now on; call it after the commit.

        When Redis is away this is logged, and the reconciler of the worker makes up for it.
        """
        if names:
            self.revocations.announce(names, int((self.token_life + SIGNING_MARGIN).total_seconds()))
