"""Envelopes around answers, and the OpenAPI document that describes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
import psycopg2.tz
import pytest
from flask import Response
from jsonschema import ValidationError as ContractBroken
from marshmallow import Schema, fields
from openapi_spec_validator import OpenAPIV31SpecValidator

from servicekit.access import OWN_CREDENTIALS, PUBLIC, SIGNED_IN, access
from servicekit.blueprint import Answer, openapi_document
from servicekit.fields import QueryFlag, Text, WholeNumber
from servicekit.limits import unlimited
from servicekit.pagination import Page, SortQuerySchema, page_request
from servicekit.testing.contract import ContractClient


class PartSchema(Schema):
    """A part of a thing."""

    name = Text(minimum=1, maximum=20, required=True)


class ThingSchema(Schema):
    """A thing."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    made_at = fields.DateTime()


class NewThingSchema(Schema):
    """A thing that is made."""

    title = Text(minimum=1, maximum=20, required=True)
    year = WholeNumber(minimum=-4000, maximum=2030, allow_none=True)
    parts = fields.List(fields.Nested(PartSchema))


class ThingQuerySchema(SortQuerySchema):
    """Which things."""

    finished = QueryFlag()


def thing(number, **members):
    return {"id": number, "title": f"Thing {number}", "note": None, **members}


def views(blueprint, _limiter):
    @blueprint.route("/things")
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(ThingQuerySchema, location="query")
    @blueprint.response(200, ThingSchema(many=True))
    def list_things(arguments):
        """List things

        Newest first.
        """
        page = page_request(arguments)
        return Page([thing(number) for number in range(page.offset, min(page.offset + page.per_page, 50))], page, 50)

    @blueprint.route("/things", methods=["POST"])
    @access("things:write")
    @unlimited
    @blueprint.arguments(NewThingSchema)
    @blueprint.response(201, ThingSchema)
    @blueprint.alt_response(409, response="Failure")
    def create_thing(values):
        """Make a thing

        Of parts.
        """
        return Answer(thing(1, title=values["title"]), "Made.", {"Location": "/api/v1/things/1"})

    @blueprint.route("/things/<id:thing_id>")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200, ThingSchema)
    def show_thing(thing_id):
        """Show a thing"""
        return thing(thing_id, made_at=datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC))

    @blueprint.route("/things/<id:thing_id>", methods=["DELETE"])
    @access(SIGNED_IN)
    @unlimited
    @blueprint.response(204)
    def delete_thing(thing_id):
        """Remove a thing"""

    @blueprint.route("/sessions", methods=["POST"])
    @access(OWN_CREDENTIALS)
    @unlimited
    @blueprint.response(200)
    @blueprint.alt_response(503, description="Its own words.")
    def create_session():
        """Begin"""
        return Response("as it is", 202, mimetype="text/plain")

    @blueprint.route("/broken")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200, ThingSchema)
    def show_broken():
        """Show what is no thing"""
        return {"id": "one"}


@pytest.fixture
def app(make_app, empty_redis):
    app = make_app(views)
    app.test_client_class = ContractClient
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def document(app):
    return openapi_document(app.extensions["api"])


def operation(document, method, path):
    return document["paths"][path][method]


def test_data_is_put_into_the_success_envelope(client):
    assert client.get("/api/v1/things/7").get_json() == {
        "success": True,
        "data": {"id": 7, "title": "Thing 7", "note": None, "made_at": "2026-01-02T03:04:05.000600Z"},
    }


def test_page_brings_its_pagination_and_headers(client):
    response = client.get("/api/v1/things?page=2&per_page=20")
    body = response.get_json()

    assert [item["id"] for item in body["data"]] == list(range(20, 40))
    assert body["pagination"] == {
        "page": 2,
        "per_page": 20,
        "total_items": 50,
        "total_pages": 3,
        "has_next": True,
        "has_prev": True,
    }
    assert response.headers["X-Total-Count"] == "50"
    assert '</api/v1/things?per_page=20&page=3>; rel="next"' in response.headers["Link"]


def test_size_of_a_page_is_clamped_and_a_page_past_the_end_is_empty(client):
    assert client.get("/api/v1/things?per_page=5000").get_json()["pagination"]["per_page"] == 100
    assert client.get("/api/v1/things?page=99").get_json()["data"] == []


def test_answer_brings_its_message_status_and_headers(client, tokens):
    headers = {"Authorization": f"Bearer {tokens.make(scope='things:write')}"}
    response = client.post("/api/v1/things", json={"title": "Lamp"}, headers=headers)

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/v1/things/1"
    assert response.get_json()["message"] == "Made."
    assert response.get_json()["data"]["title"] == "Lamp"


def test_nothing_is_an_empty_204(client, tokens):
    response = client.delete("/api/v1/things/7", headers=tokens.headers())

    assert (response.status_code, response.get_data()) == (204, b"")
    assert "Content-Type" not in response.headers


def test_response_of_a_view_is_sent_as_it_is(app):
    client = app.test_client_class.__base__(app)

    assert client.post("/api/v1/sessions").get_data(as_text=True) == "as it is"


def test_failures_are_in_the_document_too(client, tokens):
    headers = {"Authorization": f"Bearer {tokens.make(scope='things:write')}"}
    post = {"data": b"{", "content_type": "application/json", "headers": headers}

    assert client.get("/api/v1/things?page=x").status_code == 422
    assert client.get("/api/v1/things/7", headers={"Authorization": "x"}).status_code == 401
    assert client.get("/api/v1/things/7?%").status_code == 422
    assert client.post("/api/v1/things", headers=tokens.headers()).status_code == 403
    assert client.post("/api/v1/things", **post).status_code == 400
    assert client.post("/api/v1/things", **{**post, "content_type": "text/plain"}).status_code == 415
    assert client.post("/api/v1/things", **{**post, "data": b" " * 2**21}).status_code == 413


def test_contract_client_refuses_an_answer_unlike_its_document(client):
    with pytest.raises(ContractBroken):
        client.get("/api/v1/broken")


def test_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_document_is_the_same_each_time(app, make_app):
    first = json.dumps(openapi_document(app.extensions["api"]))

    assert json.dumps(openapi_document(app.extensions["api"])) == first
    assert json.dumps(openapi_document(make_app(views).extensions["api"])) == first


def test_operation_is_named_and_told_after_its_view(document):
    listing = operation(document, "get", "/api/v1/things")

    assert listing["operationId"] == "list_things"
    assert (listing["summary"], listing["description"]) == ("List things", "Newest first.")


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/api/v1/things", {"200", "304", "401", "422", "429", "503"}),
        ("get", "/api/v1/things/{thing_id}", {"200", "304", "401", "404", "422", "429", "503"}),
        ("delete", "/api/v1/things/{thing_id}", {"204", "401", "404", "422", "429", "503"}),
        ("post", "/api/v1/things", {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}),
    ],
)
def test_operation_tells_every_status_that_it_may_answer(document, method, path, statuses):
    responses = operation(document, method, path)["responses"]

    assert set(responses) == statuses
    failures = {status for status in statuses if status >= "400"}
    assert all(responses[status] == {"$ref": "#/components/responses/Failure"} for status in failures)


def test_status_that_a_view_describes_itself_is_left_alone(document):
    assert operation(document, "post", "/api/v1/sessions")["responses"]["503"]["description"] == "Its own words."


def test_operation_tells_whom_it_is_open_to(document):
    assert operation(document, "get", "/api/v1/things")["security"] == []
    assert operation(document, "delete", "/api/v1/things/{thing_id}")["security"] == [{"bearer": []}, {"apiKey": []}]
    assert operation(document, "post", "/api/v1/things")["description"] == (
        "Of parts.\n\nNeeds the scope `things:write`."
    )


def test_parameters_tell_their_bounds(document):
    parameters = {item["name"]: item["schema"] for item in operation(document, "get", "/api/v1/things")["parameters"]}

    assert parameters["page"] == {"type": "integer", "default": 1, "minimum": 1, "maximum": 10_000_000}
    assert parameters["per_page"] == {"type": "integer", "default": 20, "minimum": 1}
    assert parameters["order"]["enum"] == ["asc", "desc"]
    assert parameters["finished"]["type"] == "boolean"
    (identifier,) = document["paths"]["/api/v1/things/{thing_id}"]["parameters"]
    assert identifier["schema"] == {"type": "integer", "minimum": 1}


def test_schemas_of_requests_tell_lengths_and_null(document):
    properties = document["components"]["schemas"]["NewThing"]["properties"]

    assert properties["title"] == {"type": "string", "minLength": 1, "maxLength": 20}
    assert properties["year"] == {"type": ["integer", "null"], "minimum": -4000, "maximum": 2030}
    assert document["components"]["schemas"]["NewThing"]["required"] == ["title"]


def test_schema_of_a_page_requires_its_pagination(document):
    schemas = document["components"]["schemas"]

    assert schemas["ThingPage"]["required"] == ["data", "pagination", "success"]
    assert schemas["ThingEnvelope"]["required"] == ["data", "success"]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=psycopg2.tz.FixedOffsetTimezone(offset=0)), "2026-01-02T03:04:05Z"),
    ],
)
def test_times_in_utc_leave_with_a_z(app, moment, text):
    assert app.json.dumps(moment) == f'"{text}"\n'


@pytest.mark.parametrize("text", ["NaN", '"\\ud800"', "{", "", "[1,]"])
def test_json_is_read_strictly(app, text):
    with pytest.raises(orjson.JSONDecodeError):
        app.json.loads(text)
