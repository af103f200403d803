"""The key ring: the secrets that sign tokens and verify them, read from one file that may be replaced while running."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from servicekit.env import ConfigurationError
from servicekit.metrics import KEY_RING_RELOAD_FAILURES

log = structlog.get_logger(__name__)

# RFC 7518, section 3.2: a key at least as long as the hash output.
MINIMUM_SECRET_BYTES = 32
# It stands in the header of every token and in logs.
KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
STATES = ("next", "active", "retired")
RING_FILE = "ring.json"
RING_CHECK_INTERVAL_SECONDS = 1.0


class KeyRingInvalid(ConfigurationError):
    """The ring file cannot be used; ``problems`` lists every reason and no secret."""

    heading = "The signing keys are not usable:"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of the ring; the UTF-8 bytes of ``secret`` are the HMAC key.

    ``state`` is what the file says: ``next`` waits to be made active, ``active`` signs from ``active_from`` on until a
    younger active key does, ``retired`` never signs. Whatever the state, tokens of the key are accepted until
    ``retire_at``. So time alone moves a key on, and a file need not be written for it.
    """

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
    """The signing keys in ``directory``/ring.json, looked at again once a second, and at once for a key not in them.

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
        self._looked_at = self._signature

    def verification_secret(self, kid: str, now: datetime) -> bytes | None:
        """Return the secret of the key named ``kid`` unless it is unknown or past its retirement."""
        # A token can come sooner than the next look at the ring whose new key signed it elsewhere.
        key = self._current().get(kid) or self._replaced_ring().get(kid)
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

    def _replaced_ring(self) -> dict[str, SigningKey]:
        """Return the keys after reading a ring that nobody looked at yet; without one, made-up kids cost no read."""
        if _file_signature(self._path) != self._looked_at:
            with self._lock:
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
            self._signature = self._looked_at = signature
            log.info("key_ring_reloaded", kids=sorted(self._keys))
        except KeyRingInvalid as error:
            KEY_RING_RELOAD_FAILURES.inc()
            # Tried again at every look, since rights may change without a trace here, but told once.
            if signature != self._looked_at:
                self._looked_at = signature
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
        KeyRingInvalid: listing every problem of every key, or that the file cannot be read, or that no key is active.
    """
    keys: list[SigningKey] = []
    seen: set[tuple[str, str]] = set()
    problems: list[str] = []
    for position, entry in enumerate(_entries_of(path)):
        found: list[str] = []
        key = _parse_key(entry, found)
        for member, problem in (("kid", "its kid is used twice"), ("secret", "its secret is used twice")):
            if isinstance(entry, dict) and isinstance(entry.get(member), str):
                if (member, entry[member]) in seen:
                    found.append(problem)
                seen.add((member, entry[member]))
        problems += [f"{_name_of(position, entry)}: {problem}" for problem in found]
        if key is not None:
            keys.append(key)
    now = datetime.now(UTC)
    if not any(key.signs_at(now) for key in keys):
        problems.append("no key is active")
    if problems:
        raise KeyRingInvalid(problems)
    return {key.kid: key for key in keys}


def _entries_of(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text("utf-8"))["keys"]
    # The last one is what JSON nested out of all reason gives.
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeyRingInvalid([f"{path.name} cannot be read as a key ring: {type(error).__name__}"]) from error
    if not isinstance(entries, list):
        raise KeyRingInvalid([f"{path.name}: keys must be a list"])
    return entries


def _name_of(position: int, entry: Any) -> str:
    kid = entry.get("kid") if isinstance(entry, dict) else None
    return f"key {position} ({kid})" if isinstance(kid, str) and KID.fullmatch(kid) else f"key {position}"


def _parse_key(entry: Any, problems: list[str]) -> SigningKey | None:
    """Return the key that an entry of the file describes, or None when something was added to ``problems``."""
    if not isinstance(entry, dict):
        problems.append("it must be an object with kid, secret and state")
        return None
    problems += [f"{name} must be given as text" for name in ("kid", "secret", "state") if not _is_text(entry, name)]
    if _is_text(entry, "kid") and not KID.fullmatch(entry["kid"]):
        problems.append("its kid must be 1 to 64 letters, digits, - or _")
    secret = _parse_secret(entry, problems) if _is_text(entry, "secret") else None
    if _is_text(entry, "state") and entry["state"] not in STATES:
        problems.append(f"its state is not {', '.join(STATES[:-1])} or {STATES[-1]}")
    if entry.get("state") == "retired" and entry.get("retire_at") is None:
        problems.append("it is retired without retire_at, so its tokens would be accepted for ever")
    active_from, retire_at = (_parse_time(entry, name, problems) for name in ("active_from", "retire_at"))
    if active_from is not None and retire_at is not None and retire_at <= active_from:
        problems.append("its retire_at is not after its active_from")
    if problems or secret is None:
        return None
    return SigningKey(
        kid=entry["kid"],
        secret=secret,
        state=entry["state"],
        active_from=active_from or datetime.fromtimestamp(0, UTC),
        retire_at=retire_at,
    )


def _parse_secret(entry: dict[str, Any], problems: list[str]) -> bytes | None:
    try:
        secret: bytes = entry["secret"].encode()
    except UnicodeEncodeError:
        problems.append("its secret holds half a character, which has no bytes")
        return None
    if len(secret) < MINIMUM_SECRET_BYTES:
        problems.append(f"its secret is shorter than {MINIMUM_SECRET_BYTES} bytes")
    return secret


def _is_text(entry: dict[str, Any], name: str) -> bool:
    return isinstance(entry.get(name), str)


def _parse_time(entry: dict[str, Any], name: str, problems: list[str]) -> datetime | None:
    """Return a time of an entry in UTC, None when there is none or it was added to ``problems``."""
    value = entry.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    # The last one: a zone that leads out of the calendar.
    except (TypeError, ValueError, OverflowError):
        problems.append(f"its {name} must be a time as 2030-01-31T12:00:00Z")
        return None
