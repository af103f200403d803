"""Creating something once, however often a client repeats the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Response, current_app

from servicekit.access import current_principal
from servicekit.blueprint import Answer, success_response
from servicekit.database import BeforeCommit, just_commit
from servicekit.idempotency import REPLAYED_HEADER, KeptAnswer, answer_store, requested_key

Outcome = TypeVar("Outcome")

CREATED = 201
# The rest is of the one request or of the moment.
KEPT_HEADERS = ("Content-Type", "Location", "ETag")


def answer_once(create: Callable[[BeforeCommit[Outcome]], Outcome], answer: Callable[[Outcome], Answer]) -> Response:
    """Return the answer 201 of a view that creates; with ``Idempotency-Key``, the same one to each repetition.

    The answer is stored in the transaction that creates, so there is either both or neither. An error ends the
    transaction and is not kept.

    Args:
        create: an operation, which hands its outcome to its argument right before it commits.
        answer: makes the answer from the outcome, and reads what it needs in the same transaction.

    Raises:
        IdempotencyKeyMalformed, IdempotencyKeyInUse, IdempotencyKeyReused: as their names say.
    """
    key = requested_key()
    if key is None:
        return success_response(answer(create(just_commit)), CREATED)
    store, user_id = answer_store(), current_principal().user_id
    kept = store.claim(user_id, key)
    if kept is not None:
        return _response(kept, {REPLAYED_HEADER: "true"})

    def keep(outcome: Outcome) -> None:
        nonlocal kept
        kept = _kept(success_response(answer(outcome), CREATED))
        store.keep(user_id, key, kept)

    create(keep)
    if kept is None:
        raise RuntimeError("an operation committed without a word before")
    return _response(kept, {})


def _kept(response: Response) -> KeptAnswer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return KeptAnswer(response.status_code, headers, response.get_data(as_text=True))


def _response(kept: KeptAnswer, headers: dict[str, str]) -> Response:
    response: Response = current_app.response_class(kept.body, status=kept.status)
    response.headers.update({**kept.headers, **headers})
    return response
