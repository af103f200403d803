"""Reading a request: its body, its query string and its path ids, each refused with the right status when unreadable."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import marshmallow
import orjson
from flask import Flask, Request, request
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.routing import IntegerConverter

from servicekit.envelope import Details, MalformedBody, UnsupportedMediaType, ValidationFailed

JSON_TYPES = ("application/json", "application/merge-patch+json")
MAXIMUM_ID = 2**63 - 1
BROKEN_PERCENT_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")


class IdConverter(IntegerConverter):
    """A path id: 1 to the largest bigint, so that nothing the database cannot hold ever reaches it."""

    def __init__(self, map: Any) -> None:
        super().__init__(map, min=1, max=MAXIMUM_ID)


class RequestParser(FlaskParser):
    """webargs with our statuses: 415 for another type, 400 for what is no JSON object, 422 for values; unknown is an error."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the body as a dictionary.

        Raises:
            UnsupportedMediaType: another content type than JSON or JSON Merge Patch (RFC 7396).
            MalformedBody: not JSON, not UTF-8, or not an object.
        """
        return read_json_object(req)

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,
        schema: marshmallow.Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Raise ValidationFailed with every problem by field path."""
        raise ValidationFailed(details=flat_messages(_without_location(error.messages))) from error


def read_json_object(req: Request) -> dict[str, Any]:
    """Return the JSON object in the body of ``req``; the errors are those of ``RequestParser.load_json``."""
    body = req.get_data(cache=True)
    if req.mimetype not in JSON_TYPES:
        if not body and not req.mimetype:
            raise MalformedBody
        raise UnsupportedMediaType
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody from error
    if not isinstance(parsed, dict):
        raise MalformedBody
    return parsed


def _without_location(messages: Any) -> Any:
    """Return the messages of the one location that was read; webargs nests them under its name."""
    if isinstance(messages, dict) and len(messages) == 1:
        (location,) = messages
        if location in core.Parser.__location_map__ or location == "query":
            return messages[location]
    return messages


def flat_messages(messages: Any, path: str = "") -> Details:
    """Return nested marshmallow messages as ``{"authors.0.name": ["..."]}``."""
    if isinstance(messages, dict):
        flat: Details = {}
        for key, value in messages.items():
            name = "" if key == "_schema" else str(key)
            flat.update(flat_messages(value, ".".join(part for part in (path, name) if part)))
        return flat
    return {path or "body": [str(message) for message in (messages if isinstance(messages, list) else [messages])]}


def init_app(app: Flask) -> None:
    """Register the id converter and refuse query strings that are not percent-encoded UTF-8."""
    app.url_map.converters["id"] = IdConverter
    app.before_request(_refuse_undecodable_query)


def _refuse_undecodable_query() -> None:
    """Raise ValidationFailed naming each parameter that would otherwise be read with replacement characters."""
    details: Details = {}
    for pair in request.query_string.decode("latin-1").split("&"):
        name = pair.partition("=")[0]
        if BROKEN_PERCENT_ENCODING.search(pair) or not _is_utf8(pair):
            shown = unquote_to_bytes(name).decode("utf-8", "replace")
            details[shown] = ["Not percent-encoded UTF-8."]
    if details:
        raise ValidationFailed(details=details)


def _is_utf8(pair: str) -> bool:
    try:
        unquote_to_bytes(pair.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
