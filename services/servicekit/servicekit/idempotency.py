"""What a service needs to answer a repeated request as it did the first time: the header, and who keeps the answers.

The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". ``answering`` puts the parts together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import orjson
from flask import Flask, Request, current_app, request

from servicekit.envelope import ApiError

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAXIMUM_KEY_CHARACTERS = 255
# No comma: servers join a repeated header by one.
KEY = re.compile(rf"[\x21-\x2b\x2d-\x7e]{{1,{MAXIMUM_KEY_CHARACTERS}}}")
DIGEST_BYTES = 16
RETRY_AFTER_SECONDS = 1

_EXTENSION = "idempotency"


class IdempotencyKeyMalformed(ApiError):
    """A key is there that cannot be one; what was meant to happen once is not done without it."""

    code, status = "idempotency_key_malformed", 400
    message = f"Idempotency-Key must be 1 to {MAXIMUM_KEY_CHARACTERS} visible ASCII characters without a comma."


class IdempotencyKeyInUse(ApiError):
    """The first request with this key is still under way."""

    code, status, message = "idempotency_key_in_use", 409, "The first request with this key is not finished yet."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


class IdempotencyKeyReused(ApiError):
    """The key was used for something else."""

    code, status, message = "idempotency_key_reused", 422, "This key was used for another request; take a new one."


@dataclass(frozen=True, slots=True)
class RequestedKey:
    """The key of a request, and a digest of what the request asks for."""

    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was sent the first time."""

    status: int
    headers: Mapping[str, str]
    body: str


class AnswerStore(Protocol):
    """Keeps answers in the transaction of what they tell of."""

    def claim(self, user_id: int, key: RequestedKey) -> KeptAnswer | None:
        """Return the answer that is kept under the key; None reserves the key until the transaction ends.

        Raises:
            IdempotencyKeyInUse: somebody else has reserved it.
            IdempotencyKeyReused: the kept answer is that of another request.
        """

    def keep(self, user_id: int, key: RequestedKey, answer: KeptAnswer) -> None:
        """Store an answer under a key that was claimed, without committing."""


def init_app(app: Flask, store: AnswerStore) -> None:
    """Have ``app`` offer keys on whatever creates, and keep its answers in ``store``."""
    app.extensions[_EXTENSION] = store


def offers_keys(app: Flask) -> bool:
    """Return whether ``app`` takes keys."""
    return _EXTENSION in app.extensions


def answer_store() -> AnswerStore:
    """Return the store of the current application."""
    return cast("AnswerStore", current_app.extensions[_EXTENSION])


def requested_key() -> RequestedKey | None:
    """Return the key of the current request, None when it has none.

    Raises:
        IdempotencyKeyMalformed: when it cannot be one.
    """
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if not KEY.fullmatch(text):
        raise IdempotencyKeyMalformed
    return RequestedKey(text, fingerprint(request))


def fingerprint(req: Request) -> str:
    """Return a digest of method, address and body; the order of members and the white space of JSON do not count."""
    address = [req.method, req.path, req.query_string.decode("latin-1")]
    body = req.get_data(cache=True)
    try:
        content = orjson.dumps([*address, orjson.loads(body)], option=orjson.OPT_SORT_KEYS)
    # No JSON, or nested deeper than it can be written again.
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        content = orjson.dumps([*address, body.decode("latin-1")])
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()
