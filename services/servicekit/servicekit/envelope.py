"""The one shape of every answer: success and failure envelopes, and how an exception becomes one.

Features raise ``ApiError`` subclasses, which name a fact of their domain and know nothing of Flask. They are rendered
here and nowhere else; anything unknown becomes a bare 500 whose reason is only in the log.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, ClassVar

import structlog
from flask import Flask, Response, current_app, json
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from servicekit.challenges import BEARER
from servicekit.logs import current_request_id

log = structlog.get_logger(__name__)

DATABASE_RETRY_AFTER_SECONDS = 2
CHALLENGED_STATUSES = (401, 403)

Details = dict[str, list[str]]


class ApiError(Exception):
    """A fact that ends a request: a stable ``code``, the HTTP ``status`` it is told with, and a sentence.

    ``challenge`` goes with the statuses 401 and 403 (see ``challenges``).
    """

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]
    challenge: str = BEARER

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Details | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = details
        self.headers = dict(headers or {})
        super().__init__(self.text)


class MalformedBody(ApiError):
    """The body is not JSON (RFC 8259) in UTF-8, or is JSON but not an object."""

    code, status, message = "malformed_body", 400, "The body must be a JSON object in UTF-8."


class NothingToUpdate(ApiError):
    """An update names no field that it could change."""

    code, status, message = "nothing_to_update", 400, "The body names no field that can be changed."


class UnsupportedMediaType(ApiError):
    """The body is of another type than JSON (RFC 9110, section 15.5.16)."""

    code, status, message = "unsupported_media_type", 415, "The body must be sent as application/json."


class ValidationFailed(ApiError):
    """The request is readable but its values are not acceptable; ``details`` lists every problem by field."""

    code, status, message = "validation_failed", 422, "Some values are not acceptable."


class RateLimited(ApiError):
    """The caller has used up a named limit (RFC 6585, section 4)."""

    code, status, message = "rate_limited", 429, "Too many requests; try again later."


class ServiceUnavailable(ApiError):
    """Something that the answer depends on is away for the moment."""

    code, status, message = "service_unavailable", 503, "The service cannot answer right now; try again soon."


class InternalError(ApiError):
    """A defect; the reason is in the log under the request id."""

    code, status, message = "internal_error", 500, "Something went wrong on our side."


# What Werkzeug and Flask raise by themselves, in the words of this API.
CODES_BY_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "payload_too_large",
    414: "uri_too_long",
    431: "headers_too_large",
}


def success_body(
    data: Any,
    *,
    message: str | None = None,
    pagination: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the success envelope around ``data``; ``more`` holds members of a single kind of answer."""
    body: dict[str, Any] = {"success": True, "data": data}
    if message is not None:
        body["message"] = message
    if pagination is not None:
        body["pagination"] = pagination
    return {**body, **more} if more else body


def failure_body(code: str, status: int, message: str, details: Details | None = None) -> dict[str, Any]:
    """Return the failure envelope; it carries the id of the current request."""
    error: dict[str, Any] = {"code": code, "status": status, "message": message}
    if details:
        error["details"] = details
    error["request_id"] = current_request_id()
    return {"success": False, "error": error}


def json_response(body: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``body`` as a JSON response of the application's JSON provider."""
    response: Response = current_app.response_class(json.dumps(body), status=status, mimetype="application/json")
    response.headers.update(headers or {})
    return response


def render_error(error: ApiError) -> Response:
    """Return the failure envelope of ``error`` with its status and headers."""
    body = failure_body(error.code, error.status, error.text, error.details)
    challenge = {"WWW-Authenticate": error.challenge} if error.status in CHALLENGED_STATUSES else {}
    return json_response(body, error.status, {**challenge, **error.headers})


def render_http_exception(error: HTTPException) -> Response:
    """Return the failure envelope of an exception that the framework raised, such as 404 or 405."""
    status = error.code or 500
    code = CODES_BY_STATUS.get(status)
    if code is None:
        log.error("unexpected_http_exception", status=status, exc_info=error)
        return render_error(InternalError())
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    message = {404: "Nothing is found at this address.", 405: "This address does not take that method."}.get(
        status, error.description or error.name
    )
    return json_response(failure_body(code, status, message), status, headers)


def render_database_error(error: DBAPIError | PoolTimeoutError) -> Response:
    """Return 503 when the database is away, too slow or too busy, else 500; the driver's words stay in the log."""
    sqlstate = getattr(getattr(error, "orig", None), "pgcode", None)
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError)) or getattr(
        error, "connection_invalidated", False
    ):
        log.error("database_unavailable", sqlstate=sqlstate, reason=type(error).__name__)
        return render_error(ServiceUnavailable(headers={"Retry-After": str(DATABASE_RETRY_AFTER_SECONDS)}))
    # Not the whole error: its further lines show the row that was refused, with what people wrote and their hashes.
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("database_error", sqlstate=sqlstate, reason=reason, where=where)
    return render_error(InternalError())


def render_unexpected(error: Exception) -> Response:
    """Return a bare 500 and log what happened."""
    log.error("unhandled_exception", exc_info=error)
    return render_error(InternalError())


def init_app(app: Flask) -> None:
    """Make ``app`` answer every failure with the failure envelope."""
    app.register_error_handler(ApiError, render_error)
    app.register_error_handler(HTTPException, render_http_exception)
    app.register_error_handler(DBAPIError, render_database_error)
    app.register_error_handler(PoolTimeoutError, render_database_error)
    app.register_error_handler(Exception, render_unexpected)
