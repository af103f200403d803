"""Answers of several kinds in the OpenAPI document, and held against it."""

from __future__ import annotations

import pytest
from jsonschema import ValidationError as ContractBroken
from marshmallow import Schema, fields
from openapi_spec_validator import OpenAPIV31SpecValidator

from servicekit.access import PUBLIC, access
from servicekit.blueprint import openapi_document
from servicekit.limits import unlimited
from servicekit.one_of import OneOfSchema
from servicekit.testing.contract import ContractClient


class DoneSchema(Schema):
    """It is done."""

    result = fields.Integer(required=True)


class QuestionSchema(Schema):
    """Something has to be answered first."""

    question = fields.String(required=True)


class OutcomeSchema(OneOfSchema):
    """Done, or a question."""

    alternatives = (DoneSchema, QuestionSchema)


ANSWERS = {
    "done": {"result": 4},
    "question": {"question": "Why?"},
    "neither": {"text": "Well."},
    "both": {"result": 4, "question": "Why?"},
}


def views(blueprint, _limiter):
    @blueprint.route("/outcomes/<key:kind>")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200, OutcomeSchema)
    def show_outcome(kind):
        """Show an outcome"""
        return ANSWERS[kind]


@pytest.fixture
def app(make_app, empty_redis):
    app = make_app(views)
    app.test_client_class = ContractClient
    return app


@pytest.mark.parametrize("kind", ["done", "question"])
def test_answer_may_be_of_either_kind(app, kind):
    assert app.test_client().get(f"/api/v1/outcomes/{kind}").get_json()["data"] == ANSWERS[kind]


@pytest.mark.parametrize("kind", ["neither", "both"])
def test_answer_of_no_one_kind_breaks_the_contract(app, kind):
    with pytest.raises(ContractBroken):
        app.test_client().get(f"/api/v1/outcomes/{kind}")


def test_document_names_each_kind(app):
    document = openapi_document(app.extensions["api"])

    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["components"]["schemas"]["OutcomeEnvelope"]["properties"]["data"] == {
        "oneOf": [{"$ref": "#/components/schemas/Done"}, {"$ref": "#/components/schemas/Question"}]
    }
