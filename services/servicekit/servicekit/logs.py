"""Structured logs: one JSON object a line, and one line for every request."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request

REQUEST_ID_HEADER = "X-Request-Id"
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ASKED_BY_MACHINES = ("/internal/health/", "/internal/metrics")

log = structlog.get_logger("access")


def configure_logging(service: str, level: str, file: Path | None = None) -> None:
    """Send structlog and the standard library's loggers to ``file``, or standard output, as JSON lines.

    In a container ``file`` is the output of the first process, so that a command run beside the service logs where the
    service does and keeps its own output for whoever runs it.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _name_the_service(service),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # It tells every exceeded limit with its key, which may hold an address; the access line tells the 429.
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)


def _name_the_service(service: str) -> Any:
    def add_service(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return add_service


def current_request_id() -> str:
    """Return the id of the request being answered, or an empty string outside of one."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        # Something failed before the first before_request, the matching of the address for one.
        _open_request()
    request_id: str = g.request_id
    return request_id


def init_app(app: Flask) -> None:
    """Give every request an id, tie it to all log lines written meanwhile, and log the request when it is answered."""
    app.before_request(_open_request)
    app.after_request(_close_request)
    app.teardown_request(_forget_request)


def _open_request() -> None:
    incoming = request.headers.get(REQUEST_ID_HEADER, "")
    g.request_id = incoming if SAFE_REQUEST_ID.fullmatch(incoming) else uuid.uuid4().hex
    g.request_started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _close_request(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = current_request_id()
    principal = g.get("principal")
    # Machines ask every few seconds; an answer as expected is no news.
    expected = request.path.startswith(ASKED_BY_MACHINES) and response.status_code == 200
    # The path without its query: a query may hold what somebody searched for.
    (log.debug if expected else log.info)(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        duration_ms=round((time.perf_counter() - g.request_started) * 1000, 2),
        user=principal.user_id if principal else None,
    )
    return response


def _forget_request(_error: BaseException | None) -> None:
    # What this thread logs next, gunicorn's own messages for one, is not about this request.
    structlog.contextvars.clear_contextvars()
