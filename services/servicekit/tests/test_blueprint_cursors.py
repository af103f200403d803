"""Envelopes around pages that are read by cursors, and how the OpenAPI document tells them from others."""

from __future__ import annotations

import pytest
from marshmallow import Schema, fields

from servicekit.access import PUBLIC, access
from servicekit.blueprint import CursorPaginationSchema, openapi_document
from servicekit.cursors import CursorPage, CursorQuerySchema, cursor_request
from servicekit.limits import unlimited
from servicekit.pagination import Page, PageQuerySchema, page_request
from servicekit.testing.contract import ContractClient


class StepSchema(Schema):
    """One row of a walk."""

    id = fields.Integer(required=True)


def views(blueprint, _limiter):
    @blueprint.route("/steps")
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(PageQuerySchema, location="query")
    @blueprint.response(200, StepSchema(many=True))
    def list_steps(arguments):
        """List steps"""
        return Page([{"id": 1}], page_request(arguments), 1)

    @blueprint.route("/steps/walk")
    @access(PUBLIC)
    @unlimited
    @blueprint.arguments(CursorQuerySchema, location="query")
    @blueprint.response(200, StepSchema(many=True), pagination=CursorPaginationSchema)
    def walk_steps(arguments):
        """Walk through steps"""
        request = cursor_request(arguments)
        return CursorPage([{"id": 1}], request, None if request.cursor else "more")


@pytest.fixture
def app(make_app, empty_redis):
    app = make_app(views)
    app.test_client_class = ContractClient
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def test_page_read_by_cursors_brings_the_next_one_and_no_total(client):
    first, last = client.get("/api/v1/steps/walk"), client.get("/api/v1/steps/walk?cursor=more")

    assert first.get_json()["pagination"] == {"per_page": 20, "next_cursor": "more", "has_next": True}
    assert first.headers["Link"] == '</api/v1/steps/walk?cursor=more>; rel="next"'
    assert last.get_json()["pagination"] == {"per_page": 20, "next_cursor": None, "has_next": False}
    assert not {"Link", "X-Total-Count"} & set(last.headers.keys())


def test_document_tells_the_two_kinds_of_pages_apart(app, client):
    document = openapi_document(app.extensions["api"])

    def pagination(path):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        envelope = content["schema"]["$ref"].rpartition("/")[2]
        return document["components"]["schemas"][envelope]["properties"]["pagination"]["$ref"].rpartition("/")[2]

    assert client.get("/api/v1/steps").status_code == 200
    assert (pagination("/api/v1/steps"), pagination("/api/v1/steps/walk")) == ("Pagination", "CursorPagination")
