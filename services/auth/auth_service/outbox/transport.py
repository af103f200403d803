"""Handing account events to the books service: every wait bounded, each answer told as what it means for the event."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Row
from urllib3.util import Retry

PATH = "/internal/account-events"
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0
# A connection that was refused has carried nothing; whatever came later is for the next attempt of the event.
RETRIES = Retry(total=None, connect=1, read=0, redirect=0, status=0, other=0, backoff_factor=0.2)
MAXIMUM_ANSWER_BYTES = 16 * 1024
ERROR_CODE = re.compile("[a-z_]{1,60}")

# The event has arrived; the receiver has more to do and wants it again; it does not want it; nobody can take any now.
DELIVERED, UNFINISHED, REFUSED, AWAY = "delivered", "unfinished", "refused", "away"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of sending an event: one of the words above, and why."""

    kind: str
    reason: str = ""


class BooksTransport:
    """Sends events to the internal address of the books service.

    Args:
        url: where the service is, without a path.
        service_token: gives a token that proves this service.
        at_once: how many events are sent at the same time.
    """

    def __init__(self, url: str, service_token: Callable[[], str], *, at_once: int) -> None:
        self._address = url + PATH
        self._service_token = service_token
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="outbox")
        self._own = _ThreadOwn()

    def send(self, events: Sequence[Row[Any]]) -> list[Outcome]:
        """Send ``events``, no two of them of one account, at the same time; return what became of each."""
        return list(self._threads.map(self._send_one, events))

    def _send_one(self, event: Row[Any]) -> Outcome:
        headers = {
            "Authorization": f"Bearer {self._service_token()}",
            "X-Request-Id": event.request_id or event.event_id,
        }
        body = {
            "event_id": event.event_id,
            "sequence": event.id,
            "user_id": event.user_id,
            "kind": event.kind,
            "payload": event.payload,
            "occurred_at": event.created_at.isoformat(),
        }
        try:
            with self._own.session.post(
                self._address,
                json=body,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
                # The token is for this address and no other.
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _outcome(answer.status_code, next(answer.iter_content(MAXIMUM_ANSWER_BYTES), b""))
        except requests.RequestException as error:
            return Outcome(AWAY, type(error).__name__)


class _ThreadOwn(threading.local):
    """A session for each thread; the library does not promise that threads may share one."""

    def __init__(self) -> None:
        self.session = requests.Session()
        # Proxies and credentials of the environment have no part in a call between services.
        self.session.trust_env = False
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=RETRIES))


def _outcome(status: int, body: bytes) -> Outcome:
    if status == requests.codes.accepted:
        return Outcome(UNFINISHED, str(status))
    if 200 <= status < 300:
        return Outcome(DELIVERED)
    return Outcome(AWAY if status >= 500 else REFUSED, " ".join([str(status), *_error_code(body)]))


def _error_code(body: bytes) -> list[str]:
    """Return the code that a failure tells, an empty list for an answer in any other shape."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    return [code] if isinstance(code, str) and ERROR_CODE.fullmatch(code) else []
