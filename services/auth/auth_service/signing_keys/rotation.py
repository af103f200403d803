"""The rules of replacing the signing key: a ring in, a ring out.

The ring that comes out holds moments and no promise that somebody will write it again: the new key is ``active`` from a
moment ahead, the old one stays ``active``, because it signs until then, and has the moment at which it is no longer
accepted. Every process changes over by its clock, long after the last of them has read the ring.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from servicekit.access_tokens import LEEWAY_SECONDS
from servicekit.key_ring import RING_CHECK_INTERVAL_SECONDS, SigningKey

# Several times the second within which every process looks at the ring.
SHORTEST_AHEAD = timedelta(seconds=5 * RING_CHECK_INTERVAL_SECONDS)
# Enough for every process to look once: a leaked key is not trusted for longer than that takes.
EMERGENCY_AHEAD = timedelta(seconds=2 * RING_CHECK_INTERVAL_SECONDS)
# For clocks that differ, above the leeway that every verification gives.
MARGIN = timedelta(seconds=30)
# Tokens between services and for API keys have a life of their own, whatever the setting for sessions is.
LIFE_OF_OTHER_TOKENS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key nobody has seen yet, to be used when none waits in the ring."""

    kid: str
    secret: bytes

    def __repr__(self) -> str:
        return f"FreshKey(kid={self.kid!r})"


@dataclass(frozen=True, slots=True)
class Rotation:
    """A ring in which ``kid`` is the key that signs from ``switch_at`` on."""

    keys: tuple[SigningKey, ...]
    kid: str
    switch_at: datetime


def rotate(
    ring: Collection[SigningKey],
    fresh: FreshKey,
    *,
    now: datetime,
    ahead: timedelta,
    token_life: timedelta,
    last_expiry: datetime | None,
) -> Rotation:
    """Return ``ring`` with another key that signs from ``ahead`` after ``now`` on.

    A key that waits in the ring is taken, else ``fresh``. The keys that have signed stay until no token of theirs can
    be alive: ``token_life`` after the last one may be issued, or ``last_expiry`` of those issued already, whichever is
    later. Those past that moment at ``now`` are left out.
    """
    switch_at = now + ahead
    kept = [key for key in ring if not key.is_retired_at(now)]
    waiting = [key for key in kept if _waits_at(key, switch_at)]
    last_signer = max(
        (key for key in kept if key.state == "active" and key not in waiting),
        key=lambda key: key.active_from,
        default=None,
    )
    # The first that was to sign goes first; those that no time was set for come after, as they stand in the file.
    promoted = min(waiting, key=lambda key: (key.state == "next", key.active_from), default=None)
    new = SigningKey(
        kid=fresh.kid if promoted is None else promoted.kid,
        secret=fresh.secret if promoted is None else promoted.secret,
        state="active",
        active_from=switch_at,
        retire_at=None,
    )
    end = switch_at + max(token_life, LIFE_OF_OTHER_TOKENS)
    if last_expiry is not None:
        end = max(end, last_expiry)
    end += timedelta(seconds=LEEWAY_SECONDS) + MARGIN
    keys: list[SigningKey] = []
    for key in kept:
        if key.kid == new.kid:
            continue
        if key in waiting:
            # An end that was counted from times it no longer has would make it vanish unused.
            keys.append(key if key.state == "next" else replace(key, state="next", retire_at=None))
        elif key.state == "active":
            keys.append(_with_an_end(key, end, signs_until_switch=key == last_signer))
        else:
            keys.append(key)
    return Rotation((*(_as_it_is(key, keys, now) for key in keys), new), new.kid, switch_at)


def replace_at_once(ring: Collection[SigningKey], fresh: FreshKey, *, now: datetime, ahead: timedelta) -> Rotation:
    """Return ``ring`` with ``fresh`` as the only key that is accepted from ``ahead`` after ``now`` on.

    Whoever has read the ring knows the waiting keys too, so none of them is taken; they have signed nothing and go.
    """
    switch_at = now + ahead
    kept = [key for key in ring if not key.is_retired_at(now) and not _waits_at(key, switch_at)]
    ended = [
        replace(key, retire_at=switch_at if key.retire_at is None else min(key.retire_at, switch_at)) for key in kept
    ]
    new = SigningKey(fresh.kid, fresh.secret, "active", switch_at, None)
    return Rotation((*(_as_it_is(key, ended, now) for key in ended), new), new.kid, switch_at)


def state_at(key: SigningKey, ring: Collection[SigningKey], now: datetime) -> str:
    """Return what ``key`` is at ``now``: ``active`` is the one of ``ring`` that signs, the others do before or did."""
    if key.is_retired_at(now) or key.state == "retired":
        return "retired"
    if key.state == "next" or key.active_from > now:
        return "next"
    return "active" if key == _signing_key(ring, now) else "retired"


def _waits_at(key: SigningKey, moment: datetime) -> bool:
    """Return whether ``key`` has signed nothing before ``moment`` and may sign from then on."""
    return key.state == "next" or (key.state == "active" and key.active_from >= moment)


def _signing_key(ring: Collection[SigningKey], moment: datetime) -> SigningKey | None:
    """Return the key that signs at ``moment``, by the rule of ``KeyRing.signing_key``."""
    return max((key for key in ring if key.signs_at(moment)), key=lambda key: key.active_from, default=None)


def _with_an_end(key: SigningKey, end: datetime, *, signs_until_switch: bool) -> SigningKey:
    """Return an active key with a moment of retirement; one that stopped signing earlier keeps the one it has."""
    if key.retire_at is None or (signs_until_switch and key.retire_at < end):
        return replace(key, retire_at=end)
    return key


def _as_it_is(key: SigningKey, ring: Sequence[SigningKey], now: datetime) -> SigningKey:
    """Return ``key`` marked as retired once it will never sign again."""
    return replace(key, state="retired") if state_at(key, ring, now) == "retired" else key
