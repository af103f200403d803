"""A mail server for development: it takes every mail, sends none on, and shows what it got as JSON.

SMTP on port 1025; HTTP on port 8025 with ``GET /messages`` (the newest first), ``DELETE /messages``, ``GET /health``.
The last 200 messages are kept in memory. There is no sign-in and no encryption: it is not for a network with others.
"""

from __future__ import annotations

import json
import signal
import threading
from collections import deque
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

SMTP_PORT = 1025
HTTP_PORT = 8025
KEPT = 200


class Sink:
    """The messages that came in; the SMTP server calls it, the HTTP server reads it."""

    def __init__(self) -> None:
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's way
        """Keep a message."""
        message = message_from_bytes(envelope.content, policy=default)
        self._messages.appendleft(
            {
                "to": list(envelope.rcpt_tos),
                "from": str(message["From"]),
                "subject": str(message["Subject"]),
                "text": _part(message, "plain"),
                "html": _part(message, "html"),
                "message_id": str(message["Message-ID"]),
                "received_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )
        return "250 Kept"

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages, the newest first."""
        return list(self._messages)

    def clear(self) -> None:
        """Forget all messages."""
        self._messages.clear()


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    return None if body is None else str(body.get_content())


def http_server(sink: Sink, address: tuple[str, int]) -> ThreadingHTTPServer:
    """Return the HTTP server for ``sink``, not started yet."""

    class Handler(BaseHTTPRequestHandler):
        """Answers with JSON alone."""

        def do_GET(self) -> None:
            """Show the messages, or that the server is there."""
            if self.path == "/messages":
                self._answer(200, sink.messages())
            else:
                self._answer(200 if self.path == "/health" else 404, None)

        def do_DELETE(self) -> None:
            """Forget the messages."""
            if self.path == "/messages":
                sink.clear()
            self._answer(200 if self.path == "/messages" else 404, None)

        def _answer(self, status: int, data: Any) -> None:
            body = json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            # What is in a mail is a stranger's; no browser shall take it for a page.
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing of each request."""

    return ThreadingHTTPServer(address, Handler)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    stop_signals = (signal.SIGTERM, signal.SIGINT)
    # Blocked in the threads of both servers, so that the signal waits for sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    sink = Sink()
    smtp = Controller(sink, hostname="0.0.0.0", port=SMTP_PORT)  # noqa: S104 - the inside of a container
    smtp.start()
    http = http_server(sink, ("0.0.0.0", HTTP_PORT))  # noqa: S104 - as above
    threading.Thread(target=http.serve_forever, daemon=True).start()
    signal.sigwait(stop_signals)
    http.shutdown()
    smtp.stop()


if __name__ == "__main__":
    main()
