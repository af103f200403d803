"""Reading a request: its body, its query string and its path ids, each refused with the right status.

Bodies are JSON. A view that follows a standard of OAuth takes forms as well: ``location=JSON_OR_FORM``. One that
takes a file says so by ``location=FILE_BODY`` (see ``file_body``).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

import marshmallow
import orjson
from flask import Flask, Request, request
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter, IntegerConverter

from servicekit.envelope import Details, MalformedBody, UnsupportedMediaType, ValidationFailed
from servicekit.file_body import FILE_BODY, FileBodySchema, read_file_body

JSON_TYPES = ("application/json", "application/merge-patch+json")
FORM_TYPE = "application/x-www-form-urlencoded"
# webargs knows a location of this name.
JSON_OR_FORM = "json_or_form"
MAXIMUM_FORM_FIELDS = 100
# As many digits as surely fit a bigint.
MAXIMUM_ID = 10**18 - 1
# Several times what the largest book has that was read and is sent back.
MAXIMUM_JSON_VALUES = 2000
MAXIMUM_SHOWN_DETAILS = 100
MAXIMUM_SHOWN_CHARACTERS = 100
BROKEN_PERCENT_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")


class KeyConverter(BaseConverter):
    """An id that is random text; whatever else is in its place is no address of ours."""

    regex = "[A-Za-z0-9_-]{1,40}"


class IdConverter(IntegerConverter):
    """A path id that the database can hold, in its one spelling: ASCII digits without leading zeros.

    The expression alone says which ids there are. One that only the bounds refuse would be a 405 under some methods.
    """

    regex = "[1-9][0-9]{0,17}"

    def __init__(self, url_map: Any) -> None:
        super().__init__(url_map, min=1, max=MAXIMUM_ID)


class RequestParser(FlaskParser):
    """webargs with our statuses: 415 for another type, 400 for no JSON object, 422 for values and unknown names."""

    __location_map__ = {**FlaskParser.__location_map__, FILE_BODY: "load_file_body"}
    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": marshmallow.RAISE}

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the body as a dictionary, an empty one when there is none and the schema sets ``empty_body_allowed``.

        Raises:
            UnsupportedMediaType: another content type than JSON or JSON Merge Patch (RFC 7396).
            MalformedBody: not JSON, not UTF-8, or not an object.
        """
        if getattr(schema, "empty_body_allowed", False) and not req.get_data(cache=True):
            return {}
        return read_json_object(req)

    def load_json_or_form(self, req: Request, schema: marshmallow.Schema) -> Any:
        """Return the body, a JSON object or a form, as a dictionary.

        In a form, names that the schema does not know are left out (RFC 6749, section 3.2); in JSON they are refused.

        Raises:
            UnsupportedMediaType, MalformedBody: as ``load_json``, or the form is not percent-encoded UTF-8.
            ValidationFailed: the form repeats a name.
        """
        if req.mimetype != FORM_TYPE:
            return self.load_json(req, schema)
        known = {field.data_key or name for name, field in schema.load_fields.items()}
        return {name: value for name, value in read_form(req).items() if name in known}

    def load_file_body(self, req: Request, schema: FileBodySchema) -> Any:
        """Return the stream and the type of a body; the errors are those of ``read_file_body``."""
        return read_file_body(req, schema)

    def handle_error(self, error: marshmallow.ValidationError, *_args: Any, **_options: Any) -> NoReturn:
        """Raise ValidationFailed with every problem by field path."""
        # webargs nests the messages under the one location that it read.
        (messages,) = error.messages_dict.values()
        raise ValidationFailed(details=bounded_details(flat_messages(messages))) from error


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
    if _holds_too_many_values(parsed):
        raise ValidationFailed(details={"body": [f"Must hold at most {MAXIMUM_JSON_VALUES} values."]})
    return parsed


def read_form(req: Request) -> dict[str, str]:
    """Return the fields of the form in the body of ``req``; the errors are those of ``load_json_or_form``."""
    try:
        body = req.get_data(cache=True).decode("ascii")
        if BROKEN_PERCENT_ENCODING.search(body):
            raise ValueError("a stray percent sign")
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MAXIMUM_FORM_FIELDS)
    except ValueError as error:
        raise MalformedBody(
            f"The form must be percent-encoded UTF-8 with at most {MAXIMUM_FORM_FIELDS} fields."
        ) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = {name: ["Given more than once."] for name in form if names.count(name) > 1}
        raise ValidationFailed(details=bounded_details(repeated))
    return form


def _holds_too_many_values(parsed: dict[str, Any]) -> bool:
    """Return whether an object holds more members and items, at any depth, than any request of ours needs."""
    count = 0
    containers: list[Any] = [parsed]
    while containers:
        container = containers.pop()
        count += len(container)
        if count > MAXIMUM_JSON_VALUES:
            return True
        values = container.values() if isinstance(container, dict) else container
        containers += [value for value in values if isinstance(value, (dict, list))]
    return False


def bounded_details(details: Details) -> Details:
    """Return ``details`` in a size that can be answered: what is said of a request must not outgrow it."""
    return {name[:MAXIMUM_SHOWN_CHARACTERS]: texts for name, texts in islice(details.items(), MAXIMUM_SHOWN_DETAILS)}


def flat_messages(messages: Any, path: str = "") -> Details:
    """Return nested marshmallow messages as ``{"authors.0.name": ["..."]}``, those of no field under ``body``."""
    if isinstance(messages, dict):
        flat: Details = {}
        for key, value in messages.items():
            name = "" if key == "_schema" else str(key)
            for place, texts in flat_messages(value, ".".join(part for part in (path, name) if part)).items():
                flat.setdefault(place, []).extend(texts)
        return flat
    return {path or "body": [str(message) for message in (messages if isinstance(messages, list) else [messages])]}


def init_app(app: Flask) -> None:
    """Register the converters of ids and refuse query strings that are not percent-encoded UTF-8 or repeat a name."""
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["key"] = KeyConverter
    app.before_request(_refuse_ambiguous_query)


def _refuse_ambiguous_query() -> None:
    """Raise ValidationFailed naming each parameter that can be read in more than one way.

    That is one with replacement characters in place of what was sent, or one that is given more than once.
    """
    details: Details = {}
    for pair in request.query_string.decode("latin-1").split("&"):
        name = pair.partition("=")[0]
        if BROKEN_PERCENT_ENCODING.search(pair) or not _is_utf8(pair):
            shown = unquote_to_bytes(name).decode("utf-8", "replace")
            details[shown] = ["Not percent-encoded UTF-8."]
    if not details:
        details = {name: ["Given more than once."] for name, values in request.args.lists() if len(values) > 1}
    if details:
        raise ValidationFailed(details=bounded_details(details))


def _is_utf8(pair: str) -> bool:
    try:
        unquote_to_bytes(pair.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
