"""Reading bodies, query strings and path ids."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validates_schema

from servicekit import arguments, envelope
from servicekit.access import PUBLIC, access
from servicekit.arguments import MAXIMUM_ID, flat_messages
from servicekit.blueprint import Blueprint, create_api
from servicekit.fields import QueryNumber, Text
from servicekit.json_provider import OrjsonProvider
from servicekit.limits import unlimited


class NameSchema(Schema):
    """A part of a body."""

    name = Text(minimum=1, maximum=5, required=True)


class ThingSchema(Schema):
    """A body with everything that has a path."""

    title = Text(minimum=1, maximum=10, required=True)
    body = Text(maximum=10)
    authors = fields.List(fields.Nested(NameSchema))

    @validates_schema
    def _title_differs_from_body(self, data, **_):
        if data["title"] == data.get("body"):
            raise ValidationError("title and body are the same")


class ThingQuerySchema(Schema):
    """A query string."""

    size = QueryNumber(minimum=1, maximum=9)
    word = Text(maximum=20)


class OptionalSchema(NameSchema):
    """A body that may be left out."""

    empty_body_allowed = True
    name = Text(maximum=5)


def views(blueprint, _limiter):
    @blueprint.route("/things", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(ThingSchema)
    @blueprint.response(200)
    def create_thing(values):
        return values

    @blueprint.route("/things")
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(ThingQuerySchema, location="query")
    @blueprint.response(200)
    def list_things(query):
        return query

    @blueprint.route("/things/<id:thing_id>")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200)
    def show_thing(thing_id):
        return thing_id

    @blueprint.route("/optional", methods=["POST"])
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(OptionalSchema)
    @blueprint.response(200)
    def create_optional(values):
        return values


@pytest.fixture
def client(make_client):
    return make_client(views)


def refused(response):
    error = response.get_json()["error"]
    return response.status_code, error["code"], error.get("details")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"],
)
def test_json_body_is_read(client, content_type):
    response = client.post("/api/v1/things", data='{"title": "Iliad"}', content_type=content_type)

    assert response.get_json()["data"] == {"title": "Iliad"}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "text/json", "x"],
)
@pytest.mark.parametrize("body", [b'{"title": "Iliad"}', b""])
def test_body_of_another_type_is_a_415(client, content_type, body):
    response = client.post("/api/v1/things", data=body, content_type=content_type)

    assert refused(response) == (415, "unsupported_media_type", None)


def test_body_without_a_type_is_a_415(client):
    assert refused(client.post("/api/v1/things", data=b"{}"))[0] == 415


def test_no_body_at_all_is_a_400(client):
    assert refused(client.post("/api/v1/things")) == (400, "malformed_body", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"title"',
        b"null",
        b"5",
        b"{'title': 1}",
        b'{"title": NaN}',
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b'\xef\xbb\xbf{"title": "x"}',
        '{"title": "x"}'.encode("utf-16"),
        b'{"title": "a"} x',
        b'{"a":' * 5000,
    ],
)
def test_body_that_is_no_json_object_in_utf_8_is_a_400(client, body):
    response = client.post("/api/v1/things", data=body, content_type="application/json")

    assert refused(response) == (400, "malformed_body", None)


@given(st.binary(max_size=40))
def test_no_bytes_make_anything_but_an_answer_in_the_envelope(app_for_hypothesis, body):
    response = app_for_hypothesis.test_client().post("/api/v1/things", data=body, content_type="application/json")

    assert response.status_code in (200, 400, 422)
    assert "success" in response.get_json()


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


def test_all_problems_of_a_body_are_named_by_their_place(client):
    body = {"authors": [{"name": "Homer"}, {}, "Hesiod", {"name": "Sappho of Lesbos"}], "colour": "red", "body": 5}

    assert refused(client.post("/api/v1/things", json=body)) == (
        422,
        "validation_failed",
        {
            "authors.1.name": ["Missing data for required field."],
            "authors.2": ["Invalid input type."],
            "authors.3.name": ["Must be 1 to 5 characters long."],
            "body": ["Not a valid string."],
            "colour": ["Unknown field."],
            "title": ["Missing data for required field."],
        },
    )


def test_problem_of_no_single_field_is_told_of_the_body(client):
    response = client.post("/api/v1/things", json={"title": "same", "body": "same"})

    assert refused(response)[2] == {"body": ["title and body are the same"]}


def test_body_may_be_left_out_only_where_the_schema_says_so(client):
    assert client.post("/api/v1/optional").get_json()["data"] == {}
    assert client.post("/api/v1/optional", json={"name": "x"}).get_json()["data"] == {"name": "x"}
    assert refused(client.post("/api/v1/optional", data=b"x"))[0] == 415


def test_unknown_parameters_of_a_query_are_named(client):
    response = client.get("/api/v1/things?size=2&colour=red&shape=round")

    assert refused(response)[2] == {"colour": ["Unknown field."], "shape": ["Unknown field."]}


def test_query_is_read_as_utf_8(client):
    assert client.get("/api/v1/things?word=%C3%A9t%C3%A9+nu").get_json()["data"] == {"word": "\u00e9t\u00e9 nu"}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("word=%ff", "word"),
        ("word=%", "word"),
        ("word=%4", "word"),
        ("word=%zz", "word"),
        ("%ff=1", "\ufffd"),
        ("word=\u00ff", "word"),
        ("=%ff", ""),
    ],
)
def test_query_that_is_not_percent_encoded_utf_8_is_a_422(client, query, name):
    response = client.get("/api/v1/things", environ_overrides={"QUERY_STRING": query})

    assert refused(response) == (422, "validation_failed", {name: ["Not percent-encoded UTF-8."]})


@pytest.mark.parametrize(("written", "number"), [("1", 1), ("907", 907), (str(MAXIMUM_ID), MAXIMUM_ID)])
def test_path_id_is_a_whole_number_up_to_what_the_database_holds(client, written, number):
    assert client.get(f"/api/v1/things/{written}").get_json()["data"] == number


@pytest.mark.parametrize(
    "written",
    ["0", "-1", "007", "+1", "1.0", "one", "%D9%A1", "1%00", "1%0A", str(MAXIMUM_ID + 1), "9" * 20, "9" * 6000],
)
def test_path_id_that_is_none_is_a_404(client, written):
    """Thousands of digits are more than int() takes: the address has to be refused without counting them."""
    assert refused(client.get(f"/api/v1/things/{written}")) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("messages", "flat"),
    [
        ({"title": ["Missing."]}, {"title": ["Missing."]}),
        ({"authors": {0: {"name": ["Long."]}}}, {"authors.0.name": ["Long."]}),
        ({"authors": ["Not a list."]}, {"authors": ["Not a list."]}),
        ({"_schema": ["Odd."]}, {"body": ["Odd."]}),
        ({"authors": {1: {"_schema": ["Odd."]}}}, {"authors.1": ["Odd."]}),
        ({"_schema": ["Odd."], "body": ["Long."]}, {"body": ["Odd.", "Long."]}),
        (
            {"tags": {"a": {"key": ["Long."], "value": ["Short."]}}},
            {"tags.a.key": ["Long."], "tags.a.value": ["Short."]},
        ),
        ("Odd.", {"body": ["Odd."]}),
        ({}, {}),
    ],
)
def test_messages_are_told_by_path(messages, flat):
    assert flat_messages(messages) == flat


@given(
    st.recursive(
        st.lists(st.text(), min_size=1, max_size=3),
        lambda inner: st.dictionaries(st.one_of(st.text(), st.integers()), inner, min_size=1, max_size=3),
    )
)
def test_no_message_is_lost(messages):
    def count(part):
        return len(part) if isinstance(part, list) else sum(map(count, part.values()))

    flat = flat_messages(messages)

    assert sum(map(len, flat.values())) == count(messages)
    json.dumps(flat)


@pytest.mark.parametrize(
    "body",
    [
        {f"field{number}": number for number in range(2001)},
        {"word": [""] * 2000},
        {"word": [{"a": [1] * 100}] * 20},
    ],
)
def test_body_of_too_many_values_is_refused_before_any_is_looked_at(client, body):
    assert refused(client.post("/api/v1/things", json=body)) == (
        422,
        "validation_failed",
        {"body": ["Must hold at most 2000 values."]},
    )


def test_what_is_said_of_a_request_does_not_outgrow_it(client):
    many = refused(client.post("/api/v1/things", json={f"field{number}": 1 for number in range(500)}))[2]
    long = refused(client.post("/api/v1/things", json={"x" * 5000: 1}))[2]

    assert len(many) == 100
    assert "x" * 100 in long
    assert "x" * 101 not in long


def test_parameter_given_twice_is_named(client):
    response = client.get("/api/v1/things?word=a&word=b")

    assert refused(response) == (422, "validation_failed", {"word": ["Given more than once."]})
