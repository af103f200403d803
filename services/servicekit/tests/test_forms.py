"""Views that follow a standard of OAuth: forms beside JSON, and answers without the envelope."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from servicekit import arguments, envelope
from servicekit.access import PUBLIC, access
from servicekit.arguments import FORM_TYPE, JSON_OR_FORM
from servicekit.blueprint import Blueprint, StandardSchema, create_api, empty_response, openapi_document
from servicekit.envelope import json_response
from servicekit.fields import Text
from servicekit.json_provider import OrjsonProvider
from servicekit.limits import unlimited


class FormSchema(Schema):
    """A body that may come as a form."""

    title = Text(minimum=1, maximum=10, required=True)
    kind_of = Text(maximum=10, data_key="kind")


class LooseSchema(StandardSchema):
    """A thing as a standard describes it."""

    sub = fields.String(required=True)


def views(blueprint, _limiter):
    @blueprint.route("/standard", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(FormSchema, location=JSON_OR_FORM)
    @blueprint.response(200, LooseSchema)
    def show_standard(values):
        return json_response({"sub": values["title"]}, 200)

    @blueprint.route("/nothing", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200)
    def show_nothing():
        return empty_response(200)

    @blueprint.route("/plain", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(FormSchema)
    @blueprint.response(200)
    def create_from_json(values):
        return values

    @blueprint.route("/forms", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(FormSchema, location=JSON_OR_FORM)
    @blueprint.response(200)
    def create_from_form(values):
        return values


@pytest.fixture
def client(make_client):
    return make_client(views)


@pytest.fixture
def document(make_app):
    return openapi_document(make_app(views).extensions["api"])


@pytest.fixture(scope="module")
def app_for_hypothesis():
    """Return an application that outlives the many examples of one test."""
    app = Flask("example", static_folder=None)
    app.json = OrjsonProvider(app)
    envelope.init_app(app)
    arguments.init_app(app)
    blueprint = Blueprint("example", __name__, url_prefix="/api/v1")
    views(blueprint, None)
    create_api(app, title="Example").register_blueprint(blueprint)
    return app


def refused(response):
    error = response.get_json()["error"]
    return response.status_code, error["code"], error.get("details")


@pytest.mark.parametrize("content_type", [FORM_TYPE, f"{FORM_TYPE}; charset=utf-8", FORM_TYPE.upper()])
def test_form_is_read_where_the_view_takes_forms(client, content_type):
    response = client.post("/api/v1/forms", data="title=The+%C3%86neid&kind=epic", content_type=content_type)

    assert response.get_json()["data"] == {"title": "The \u00c6neid", "kind_of": "epic"}


def test_view_that_takes_forms_takes_json_as_every_other(client):
    assert client.post("/api/v1/forms", json={"title": "Iliad"}).get_json()["data"] == {"title": "Iliad"}
    assert refused(client.post("/api/v1/forms", json={"title": "Iliad", "a": 1}))[2] == {"a": ["Unknown field."]}
    assert refused(client.post("/api/v1/forms")) == (400, "malformed_body", None)
    assert refused(client.post("/api/v1/forms", data="{}", content_type="application/json"))[0] == 422
    assert refused(client.post("/api/v1/forms", data="title=x", content_type="text/plain"))[0] == 415


def test_names_that_nobody_knows_are_left_out_of_a_form(client):
    body = "client_id=a&title=Iliad&client_id=b" + "".join(f"&field{number}=" for number in range(50))

    assert refused(client.post("/api/v1/forms", data=body, content_type=FORM_TYPE))[2] == {
        "client_id": ["Given more than once."]
    }
    response = client.post("/api/v1/forms", data=body.replace("&client_id=b", ""), content_type=FORM_TYPE)
    assert response.get_json()["data"] == {"title": "Iliad"}


@pytest.mark.parametrize("body", ["", "title", "title=", "TITLE=x", "kind=epic", "title=%00", f"title={'x' * 11}"])
def test_form_is_held_against_the_schema(client, body):
    status, code, details = refused(client.post("/api/v1/forms", data=body, content_type=FORM_TYPE))

    assert (status, code, list(details)) == (422, "validation_failed", ["title"])


@pytest.mark.parametrize(
    "body",
    [b"title=%", b"title=%zz", b"title=%ff", b"title=%ed%a0%80", b"title=\xc3\xa6", b"\xff", b"a=&" * 101],
)
def test_form_that_is_no_percent_encoded_utf_8_is_a_400(client, body):
    assert refused(client.post("/api/v1/forms", data=body, content_type=FORM_TYPE)) == (400, "malformed_body", None)


@given(st.binary(max_size=40))
def test_no_bytes_of_a_form_make_anything_but_an_answer_in_the_envelope(app_for_hypothesis, body):
    response = app_for_hypothesis.test_client().post("/api/v1/forms", data=body, content_type=FORM_TYPE)

    assert response.status_code in (200, 400, 422)
    assert "success" in response.get_json()


def test_answer_of_a_standard_has_no_envelope(client, document):
    assert client.post("/api/v1/standard", data={"title": "x"}).get_json() == {"sub": "x"}
    assert client.post("/api/v1/standard", json={}).get_json()["error"]["code"] == "validation_failed"
    described = document["paths"]["/api/v1/standard"]["post"]["responses"]["200"]["content"]
    assert described == {"application/json": {"schema": {"$ref": "#/components/schemas/Loose"}}}
    assert document["components"]["schemas"]["Loose"]["required"] == ["sub"]


def test_answer_without_a_body_is_empty_whatever_its_status(client):
    response = client.post("/api/v1/nothing")

    assert (response.status_code, response.data) == (200, b"")
    assert "Content-Type" not in response.headers


def test_body_that_may_be_a_form_is_described_as_both(document):
    content = document["paths"]["/api/v1/standard"]["post"]["requestBody"]["content"]

    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Form"}
    assert content[FORM_TYPE] == {"schema": {"$ref": "#/components/schemas/Form"}}
    assert list(document["paths"]["/api/v1/plain"]["post"]["requestBody"]["content"]) == ["application/json"]
