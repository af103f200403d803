"""gunicorn's threaded worker, which answers what it cannot read in our envelope and logs nothing of it."""

from __future__ import annotations

import json
import logging
import socket
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException, UnsupportedTransferCoding
from gunicorn.workers.gthread import ThreadWorker

log = structlog.get_logger(__name__)

# The gateway refuses most of this itself; the codes are its own for the same statuses.
REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (LimitRequestLine, 414, "uri_too_long"),
    (LimitRequestHeaders, 431, "headers_too_large"),
    (UnsupportedTransferCoding, 501, "not_implemented"),
    (ParseException, 400, "bad_request"),
)


class EnvelopeWorker(ThreadWorker):
    """Answers a request that never reached the application, as the application would."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        """Send the failure envelope for ``exc``; gunicorn ends the connection."""
        status, code = next(
            ((status, code) for kind, status, code in REFUSALS if isinstance(exc, kind)), (500, "internal_error")
        )
        # Never the request line: a query may hold what nobody should read in a log.
        level = logging.ERROR if status == 500 else logging.WARNING
        log.log(level, "request_not_read", status=status, reason=type(exc).__name__)
        try:
            client.sendall(refusal(status, code))
        except OSError:
            # Whoever asked is gone already.
            return


def refusal(status: int, code: str) -> bytes:
    """Return a whole answer with the failure envelope."""
    message = "The request cannot be read." if status < 500 else "The request could not be handled."
    error = {"code": code, "status": status, "message": message, "request_id": ""}
    body = json.dumps({"success": False, "error": error}).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
