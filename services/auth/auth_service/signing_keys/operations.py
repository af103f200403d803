"""Replacing the signing key in the ring that the services read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.signing_keys import rotation
from auth_service.signing_keys.ring_file import exclusive, replace_ring, represent_time
from auth_service.signing_keys.rotation import FreshKey, Rotation
from servicekit.database import DatabaseSession
from servicekit.key_ring import RING_CHECK_INTERVAL_SECONDS, RING_FILE, SigningKey, read_ring

SECRET_BYTES = 36
KID_BYTES = 6
# What every process is given to read the new ring before it counts: a look, and as long again for a busy machine.
READ_WITHIN = timedelta(seconds=2 * RING_CHECK_INTERVAL_SECONDS)


def system_clock() -> datetime:
    """Return the time in UTC, in the milliseconds that the ring file holds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def rotate_key(
    folder: Path,
    *,
    ahead: timedelta,
    token_life: timedelta,
    last_expiry: datetime | None,
    clock: Callable[[], datetime] = system_clock,
) -> Rotation:
    """Have another key sign from ``ahead`` on and return the ring that is in ``folder`` now.

    ``token_life`` is the longest that a token issued until then may live, ``last_expiry`` when the last one ends that
    was issued already.

    Raises:
        ValueError: ``ahead`` is too short for every process to know the key before it signs.
        KeyRingInvalid: the ring that is there cannot be used; every reason is listed.
        WrittenTooLate: the disk was too slow to tell every process in time; try again.
        OSError: the folder cannot be read or written to.
    """
    if ahead < rotation.SHORTEST_AHEAD:
        raise ValueError(f"a key must be published at least {rotation.SHORTEST_AHEAD.total_seconds():g} s ahead")
    with exclusive(folder):
        ring = read_ring(folder / RING_FILE)
        # Not before the lock is held, however long that took.
        now = clock()
        rotated = rotation.rotate(
            ring.values(),
            _fresh_key(ring),
            now=now,
            ahead=ahead,
            token_life=token_life,
            last_expiry=last_expiry,
        )
        replace_ring(folder, rotated.keys, not_after=rotated.switch_at - READ_WITHIN, clock=clock)
    return rotated


def replace_key_at_once(folder: Path, *, clock: Callable[[], datetime] = system_clock) -> Rotation:
    """Have a new key sign and no other be accepted, as soon as every process can know it; return the ring.

    Raises:
        KeyRingInvalid: the ring that is there cannot be used; every reason is listed.
        OSError: the folder cannot be read or written to.
    """
    with exclusive(folder):
        ring = read_ring(folder / RING_FILE)
        rotated = rotation.replace_at_once(ring.values(), _fresh_key(ring), now=clock(), ahead=rotation.EMERGENCY_AHEAD)
        # However late it is: the sooner the better, and every client can refresh.
        replace_ring(folder, rotated.keys)
    return rotated


def record_rotation(session: DatabaseSession, rotated: Rotation, *, emergency: bool, origin: Origin) -> None:
    """Add to the audit log that the signing key was replaced."""
    details = {"kid": rotated.kid, "signs_from": represent_time(rotated.switch_at), "emergency": emergency}
    record(session, actions.SIGNING_KEY_ROTATED, origin=origin, user_id=None, details=details)
    session.commit()


def _fresh_key(ring: dict[str, SigningKey]) -> FreshKey:
    kid = secrets.token_hex(KID_BYTES)
    while kid in ring:
        kid = secrets.token_hex(KID_BYTES)
    return FreshKey(kid, secrets.token_urlsafe(SECRET_BYTES).encode())
