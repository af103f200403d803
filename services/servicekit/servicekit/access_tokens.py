"""Access tokens: the key ring that signs them and the one place that verifies them.

A token is a JWT (RFC 7519) of type ``at+jwt`` (RFC 9068), signed with HS256 only: the algorithm is pinned here and
never taken from the token (RFC 8725, section 3.1). Encoding one is the business of the service that issues tokens.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import jwt
import structlog

from servicekit.envelope import ApiError

log = structlog.get_logger(__name__)

ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068, not a secret
LEEWAY_SECONDS = 30
REQUIRED_CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope")
# RFC 7518, section 3.2: a key at least as long as the hash output.
MINIMUM_SECRET_BYTES = 32
MAXIMUM_TOKEN_CHARACTERS = 4096
# As many digits as surely fit a bigint.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")
RING_FILE = "ring.json"
RING_CHECK_INTERVAL_SECONDS = 1.0


class AccessTokenError(ApiError):
    """An access token was needed and none that counts was given (RFC 6750, section 3)."""

    status = 401
    challenge: ClassVar[str] = 'Bearer realm="colophon", error="invalid_token"'

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": self.challenge})


class TokenMissing(AccessTokenError):
    """The request carries no access token."""

    code, message = "token_missing", "An access token is required: send Authorization: Bearer <token>."
    # RFC 6750, section 3.1: no error code where the client sent no credentials.
    challenge = 'Bearer realm="colophon"'


class TokenExpired(AccessTokenError):
    """The token was good once; a refresh gives a new one."""

    code, message = "token_expired", "The access token has expired."


class TokenInvalid(AccessTokenError):
    """The token is not one of ours: malformed, of another type, issuer, audience or key, or tampered with."""

    code, message = "token_invalid", "The access token is not valid."


class TokenRevoked(AccessTokenError):
    """The session of the token has ended before its time."""

    code, message = "token_revoked", "The access token has been revoked."


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


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """The verified content of an access token."""

    user_id: int
    role: str
    scopes: frozenset[str]
    session_id: str
    token_id: str
    expires_at: datetime


class KeyRing:
    """The signing keys in ``directory``/ring.json, looked at again once a second at most.

    A ring that turns unreadable while running is counted and logged, and the last good one stays in use; at the start
    it is refused.

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
        self.failed_reloads = 0

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
            self.failed_reloads += 1
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


def verify_access_token(token: str, ring: KeyRing, *, issuer: str, audience: str) -> AccessTokenClaims:
    """Return the claims of ``token`` when signature, type, times, issuer, audience and required claims all hold.

    Raises:
        TokenExpired: the token is one of ours by type and signature, and its time is over.
        TokenInvalid: anything else.
    """
    if len(token) > MAXIMUM_TOKEN_CHARACTERS:
        raise TokenInvalid
    try:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("typ") != TOKEN_TYPE or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise TokenInvalid
        secret = ring.verification_secret(kid, datetime.now(UTC))
        if secret is None:
            raise TokenInvalid
        claims = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED_CLAIMS)},
        )
        return _typed_claims(claims)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    # The last two are what a time out of all reason gives.
    except (jwt.PyJWTError, ValueError, OverflowError, OSError) as error:
        raise TokenInvalid from error


def _typed_claims(claims: dict[str, Any]) -> AccessTokenClaims:
    subject, role, scope, session_id, token_id = (claims[name] for name in ("sub", "role", "scope", "sid", "jti"))
    if not all(isinstance(value, str) for value in (subject, role, scope, session_id, token_id)):
        raise ValueError("a claim is not text")
    if not USER_ID.fullmatch(subject):
        raise ValueError("sub is not a user id")
    if type(claims["exp"]) is not int:
        raise ValueError("exp is not a whole number of seconds")
    return AccessTokenClaims(
        user_id=int(subject),
        role=role,
        scopes=frozenset(scope.split()),
        session_id=session_id,
        token_id=token_id,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )
