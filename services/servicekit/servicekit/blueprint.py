"""flask-smorest in our contract: envelopes around answers, our parser for requests, and the errors in the documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import flask_smorest
from flask import Flask, Response, current_app
from marshmallow import Schema, fields

from servicekit.access import ACCOUNT_PREFIX, OWN_CREDENTIALS, PUBLIC, SERVICE, SIGNED_IN, declared_access
from servicekit.arguments import FORM_TYPE, JSON_OR_FORM, IdConverter, KeyConverter, RequestParser
from servicekit.cursors import CursorPage
from servicekit.entity_tags import REQUIRED
from servicekit.envelope import json_response, success_body
from servicekit.file_body import FILE_BODY, file_body_document
from servicekit.idempotency import HEADER, MAXIMUM_KEY_CHARACTERS, REPLAYED_HEADER, offers_keys
from servicekit.lists import ListPage
from servicekit.one_of import OneOfField, OneOfSchema, one_of_properties
from servicekit.pagination import Page

View = Callable[..., Any]

IF_MATCH_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The `ETag` that was read; when it is no longer of the current version, nothing is changed.",
}
IF_NONE_MATCH_PARAMETER = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier answer; 304 without a body when it still holds.",
}
IDEMPOTENCY_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAXIMUM_KEY_CHARACTERS},
    "description": "A random text of yours, such as a UUID. Repeated with the same key, the request is carried out "
    "once and gets the same answer again.",
}
REPLAYED = {"schema": {"type": "string", "enum": ["true"]}, "description": "The answer is that of an earlier request."}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view returns when data alone does not say it all."""

    data: Any
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class PaginationSchema(Schema):
    """Where a page stands in its list."""

    page = fields.Integer(required=True)
    per_page = fields.Integer(required=True)
    total_items = fields.Integer(required=True)
    total_pages = fields.Integer(required=True)
    has_next = fields.Boolean(required=True)
    has_prev = fields.Boolean(required=True)


class CursorPaginationSchema(Schema):
    """How a list goes on that is read by cursors."""

    per_page = fields.Integer(required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "The `cursor` of the next page, null on the last."}
    )
    has_next = fields.Boolean(required=True)


class ErrorSchema(Schema):
    """What went wrong."""

    code = fields.String(required=True, metadata={"description": "Stable; programs decide by it."})
    status = fields.Integer(required=True)
    message = fields.String(required=True, metadata={"description": "For people; may change."})
    details = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "Problems by field."}
    )
    request_id = fields.String(required=True, metadata={"description": "Name it when you report the error."})


class FailureSchema(Schema):
    """The failure envelope."""

    success = fields.Boolean(required=True, metadata={"enum": [False]})
    error = fields.Nested(ErrorSchema, required=True)


class StandardSchema(Schema):
    """An answer whose shape a standard prescribes, so that it stands outside the envelope."""


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose views return plain data and answer with envelopes.

    The decorators of a view are its contract and stand in one order: route, access, limit, arguments, response.
    """

    ARGUMENTS_PARSER = RequestParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        JSON_OR_FORM: "application/json",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_contract_doc)

    def _store_endpoint_docs(self, endpoint: str, obj: View, parameters: Any, tags: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        for method, info in self._docs[endpoint].items():
            if method != "parameters":
                info["contract"] = {"operation": obj.__name__, "access": declared_access(obj), "rule": self._rule}

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """Register a view, as flask-smorest does; its document tells from the rule whether it can answer 404."""
        self._rule = rule
        super().add_url_rule(rule, *args, **options)

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[View], View]:
        """Declare and read the arguments of a view, as flask-smorest does."""
        read = super().arguments(schema, **kwargs)

        def decorator(view: View) -> View:
            wrapper: View = read(view)
            # The name of a status differs between Python versions; the errors are documented in one place below.
            wrapper._apidoc["arguments"].pop("responses", None)  # type: ignore[attr-defined]
            if kwargs.get("location") == JSON_OR_FORM:
                wrapper._apidoc["takes_forms"] = True  # type: ignore[attr-defined]
            if kwargs.get("location") == FILE_BODY:
                wrapper._apidoc["arguments"]["parameters"].pop()  # type: ignore[attr-defined]
                wrapper._apidoc["takes_file"] = schema  # type: ignore[attr-defined]
            return wrapper

        return decorator

    def response(
        self,
        status_code: int,
        schema: Any = None,
        *,
        pagination: type[Schema] = PaginationSchema,
        members: type[Schema] | None = None,
        **kwargs: Any,
    ) -> Callable[[View], View]:
        """Declare the answer of a view and put it into the success envelope.

        The schema documents the answer and does not make it: views return what is sent, built from plain rows.
        A view returns data, a ``Page``, a ``CursorPage``, a ``ListPage``, an ``Answer``, or None for an empty 204. One
        that answers as a standard says returns a response (``json_response``, ``empty_response``), described by a
        ``StandardSchema`` or by none. ``pagination`` documents the member of that name, which a schema of many has;
        ``members``, a class named ``...MembersSchema``, what else the envelope of a list holds.
        """
        self._pagination, self._members = pagination, members
        document = super().response(status_code, schema, **kwargs)

        def decorator(view: View) -> View:
            @wraps(view)
            def enveloped(*args: Any, **kw: Any) -> Response:
                return success_response(view(*args, **kw), status_code)

            wrapper: View = document(enveloped)
            return wrapper

        return decorator

    def _make_doc_response_schema(self, schema: Schema | None) -> Schema | None:
        if schema is None or isinstance(schema, StandardSchema):
            return schema
        return _envelope_schema(type(schema), self._pagination if schema.many else None, self._members)()

    @staticmethod
    def _prepare_contract_doc(
        doc: dict[str, Any], doc_info: dict[str, Any], *, app: Flask, method: str, **_: Any
    ) -> dict[str, Any]:
        """Name the operation, its security and the errors that its contract implies."""
        contract = doc_info["contract"]
        doc["operationId"] = contract["operation"]
        requirement = contract["access"]
        doc["security"] = _security(requirement)
        responses = doc.setdefault("responses", {})
        # A token that is sent is verified, and a query that cannot be decoded is refused, whatever the view needs.
        errors = {"401", "422", "429", "503"}
        if requirement not in (PUBLIC, SIGNED_IN, OWN_CREDENTIALS):
            errors.add("403")
            # flask-smorest puts the docstring over what is in doc already, so the scope is added to the docstring.
            docstring = doc_info["docstring"]
            needs = f"Needs the scope `{requirement}`."
            docstring["description"] = "\n\n".join(filter(None, [docstring.get("description"), needs]))
        if "takes_file" in doc_info:
            doc["requestBody"] = file_body_document(doc_info["takes_file"])
        if "requestBody" in doc:
            errors |= {"400", "413", "415"}
        if doc_info.get("takes_forms"):
            content = doc["requestBody"]["content"]
            content[FORM_TYPE] = {"schema": content["application/json"]["schema"]}
        if "<" in contract["rule"]:
            errors.add("404")
        documented = {str(status) for status in responses}
        if "412" in documented:
            doc.setdefault("parameters", []).append(IF_MATCH_PARAMETER)
            errors |= {"400", "428"} if REQUIRED in app.config else {"400"}
        if method == "get" and "200" in documented:
            doc.setdefault("parameters", []).append(IF_NONE_MATCH_PARAMETER)
            responses["304"] = {"description": "What `If-None-Match` names still holds."}
        if method == "post" and "201" in documented and offers_keys(app):
            doc.setdefault("parameters", []).append(IDEMPOTENCY_KEY_PARAMETER)
            next(said for status, said in responses.items() if str(status) == "201")["headers"] = {
                REPLAYED_HEADER: REPLAYED
            }
            errors |= {"400", "409"}
        # flask-smorest names statuses by number, apispec by text.
        for status in sorted(errors - documented):
            responses[status] = {"$ref": "#/components/responses/Failure"}
        return doc


def _security(requirement: str | None) -> list[dict[str, list[str]]]:
    """Return the ways to call a view, any one of which will do; none does for a view that declares nothing."""
    if requirement in (PUBLIC, OWN_CREDENTIALS):
        return []
    if requirement is None or requirement == SERVICE or requirement.startswith(ACCOUNT_PREFIX):
        return [{"bearer": []}]
    return [{"bearer": []}, {"apiKey": []}]


def success_response(result: Any, status_code: int) -> Response:
    """Return what a view returned as a response, in the success envelope unless it is a response already."""
    if isinstance(result, Response):
        return result
    if result is None and status_code == 204:
        return empty_response(status_code)
    if isinstance(result, (Page, CursorPage)):
        return json_response(success_body(result.items, pagination=result.pagination()), status_code, result.headers())
    if isinstance(result, ListPage):
        body = success_body(result.items, pagination=result.pagination(), more=result.more)
        return json_response(body, status_code, result.headers())
    if isinstance(result, Answer):
        return json_response(success_body(result.data, message=result.message), status_code, result.headers)
    return json_response(success_body(result), status_code)


def empty_response(status_code: int) -> Response:
    """Return a response without a body."""
    response: Response = current_app.response_class(status=status_code)
    del response.headers["Content-Type"]
    return response


_ENVELOPES: dict[tuple[type[Schema] | None, ...], type[Schema]] = {}


def _envelope_schema(
    schema: type[Schema], pagination: type[Schema] | None, more: type[Schema] | None = None
) -> type[Schema]:
    """Return the schema class of the success envelope around ``schema``, the same one each time.

    ``pagination`` is that of a page of many; without it the envelope holds one. Those of ``more`` are members
    of the envelope, too.
    """
    if (schema, pagination, more) not in _ENVELOPES:
        name = schema.__name__.removesuffix("Schema")
        members: dict[str, Any] = {
            "success": fields.Boolean(required=True, metadata={"enum": [True]}),
            "data": _data_field(schema),
            "message": fields.String(),
        }
        if pagination is None:
            name += "Envelope"
        else:
            name += more.__name__.removesuffix("MembersSchema") if more else ""
            name += pagination.__name__.removesuffix("PaginationSchema") + "Page"
            members["data"] = fields.List(fields.Nested(schema), required=True)
            members["pagination"] = fields.Nested(pagination, required=True)
        # marshmallow takes the fields of the base class along.
        _ENVELOPES[schema, pagination, more] = type(f"{name}Schema", (more or Schema,), members)
    return _ENVELOPES[schema, pagination, more]


def _data_field(schema: type[Schema]) -> fields.Field[Any]:
    if issubclass(schema, OneOfSchema):
        return OneOfField(schema.alternatives, required=True)
    return fields.Nested(schema, required=True)


class Api(flask_smorest.Api):
    """flask-smorest's Api without its error handlers: errors are rendered in ``envelope`` alone."""

    ERROR_SCHEMA = FailureSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_pagination_header(self) -> None:
        """Leave out flask-smorest's own pagination: ours is in the body."""

    def _register_error_handlers(self) -> None:
        """Leave error handling to ``servicekit.envelope``."""


API_VERSION = "1"


def create_api(app: Flask, *, title: str) -> Api:
    """Return the OpenAPI 3.1 description of ``app`` to register blueprints with."""
    app.config.update(API_TITLE=title, API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0")
    api = Api()
    api.register_converter(IdConverter, lambda _: {"type": "integer", "minimum": 1})
    api.register_converter(KeyConverter, lambda _: {"type": "string", "pattern": f"^{KeyConverter.regex}$"})
    api.init_app(app)
    api.ma_plugin.converter.add_attribute_function(one_of_properties)
    api.spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token."}
    )
    api.spec.components.security_scheme(
        "apiKey",
        {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "An API key, which the gateway exchanges for an access token; never both.",
        },
    )
    api.spec.components.response(
        "Failure",
        {
            "description": "The request failed; `error.code` says why.",
            "content": {"application/json": {"schema": FailureSchema}},
        },
    )
    return api


def openapi_document(api: Api) -> dict[str, Any]:
    """Return the OpenAPI document of everything registered with ``api``; the same for the same code."""
    return deepcopy(api.spec.to_dict())
