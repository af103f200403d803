"""The key ring: the secrets that sign tokens and verify them, read from one file that may be replaced while running."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from servicekit.metrics import KEY_RING_RELOAD_FAILURES

log = structlog.get_logger(__name__)

# RFC 7518, section 3.2: a key at least as long as the hash output.
MINIMUM_SECRET_BYTES = 32
RING_FILE = "ring.json"
RING_CHECK_INTERVAL_SECONDS = 1.0


class KeyRingInvalid(Exception):
    """The ring file cannot be used; ``problems`` lists every reason."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of the ring; the UTF-8 bytes of ``secret`` are the HMAC key."""

    kid: str
    secret: bytes
    state: str
    active_from: datetime
    retire_at: datetime | None

    def signs_at(self, now: datetime) -> bool:
        """Return whether new tokens may be signed with this key."""
        return self.state == "active" and self.active_from <= now and not self.is_retired_at(now)

    def is_retired_at(self, now: datetime) -> bool:
        """Return whether tokens signed with this key are no longer accepted."""
        return self.retire_at is not None and self.retire_at <= now

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, state={self.state!r})"


class KeyRing:
    """The signing keys in ``directory``/ring.json, looked at again once a second at most.

    A ring that turns unreadable while running is counted (``KEY_RING_RELOAD_FAILURES``) and logged, and the last good
    one stays in use; at the start it is refused.

    Raises:
        KeyRingInvalid: from the constructor, listing every problem.
    """

    def __init__(self, directory: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = directory / RING_FILE
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._checked_at = monotonic()
        self._signature = _file_signature(self._path)
        self._keys = read_ring(self._path)
        self._reported = self._signature

    def verification_secret(self, kid: str, now: datetime) -> bytes | None:
        """Return the secret of the key named ``kid`` unless it is unknown or past its retirement."""
        key = self._current().get(kid)
        if key is None or key.is_retired_at(now):
            return None
        return key.secret

    def signing_key(self, now: datetime) -> SigningKey:
        """Return the active key that came into force last.

        Raises:
            KeyRingInvalid: when none is in force at ``now``, such as after the last one's retirement.
        """
        candidates = [key for key in self._current().values() if key.signs_at(now)]
        if not candidates:
            raise KeyRingInvalid(["no key is active"])
        return max(candidates, key=lambda key: key.active_from)

    def _current(self) -> dict[str, SigningKey]:
        if self._is_due():
            with self._lock:
                # Of all threads that came here together only the first one looks.
                if self._is_due():
                    self._checked_at = self._monotonic()
                    self._reload_if_changed()
        return self._keys

    def _is_due(self) -> bool:
        return self._monotonic() - self._checked_at >= RING_CHECK_INTERVAL_SECONDS

    def _reload_if_changed(self) -> None:
        # Taken before reading: a replacement in between shows at the next look.
        signature = _file_signature(self._path)
        if signature == self._signature:
            return
        try:
            self._keys = read_ring(self._path)
            self._signature = self._reported = signature
            log.info("key_ring_reloaded", kids=sorted(self._keys))
        except KeyRingInvalid as error:
            KEY_RING_RELOAD_FAILURES.inc()
            # Tried again at every look, since rights may change without a trace here, but told once.
            if signature != self._reported:
                self._reported = signature
                log.error("key_ring_reload_failed", problems=error.problems)


def _file_signature(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_ring(path: Path) -> dict[str, SigningKey]:
    """Return the keys of a ring file by kid.

    Raises:
        KeyRingInvalid: listing every problem: unreadable, weak, duplicate or unknown state, no active key.
    """
    try:
        entries = json.loads(path.read_text("utf-8"))["keys"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyRingInvalid([f"{path.name} cannot be read as a key ring: {type(error).__name__}"]) from error
    if not isinstance(entries, list):
        raise KeyRingInvalid([f"{path.name}: keys must be a list"])
    keys: dict[str, SigningKey] = {}
    secrets_seen: set[bytes] = set()
    problems: list[str] = []
    for position, entry in enumerate(entries):
        try:
            key = _parse_key(entry)
        except ValueError as error:
            problems.append(f"key {position}: {error}")
            continue
        if key.kid in keys:
            problems.append(f"key {position}: the kid {key.kid!r} is used twice")
        if key.secret in secrets_seen:
            problems.append(f"key {position}: its secret is used twice")
        secrets_seen.add(key.secret)
        keys[key.kid] = key
    now = datetime.now(UTC)
    if not any(key.signs_at(now) for key in keys.values()):
        problems.append("no key is active")
    if problems:
        raise KeyRingInvalid(problems)
    return keys


def _parse_key(entry: Any) -> SigningKey:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) for k in ("kid", "secret", "state")):
        raise ValueError("kid, secret and state must be given as text")
    secret = entry["secret"].encode()
    if len(secret) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"its secret is shorter than {MINIMUM_SECRET_BYTES} bytes")
    if entry["state"] not in ("next", "active", "retired"):
        raise ValueError(f"the state {entry['state']!r} is not next, active or retired")
    if entry["state"] == "retired" and entry.get("retire_at") is None:
        raise ValueError("it is retired without retire_at, so its tokens would be accepted for ever")
    return SigningKey(
        kid=entry["kid"],
        secret=secret,
        state=entry["state"],
        active_from=_parse_time(entry.get("active_from")) or datetime.fromtimestamp(0, UTC),
        retire_at=_parse_time(entry.get("retire_at")),
    )


def _parse_time(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("times must be ISO 8601 text")
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
