"""Entity tags and preconditions."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask, Response

from servicekit import entity_tags
from servicekit.entity_tags import (
    REQUIRED,
    IfMatchMalformed,
    PreconditionFailed,
    PreconditionRequired,
    entity_tag,
    requested_if_match,
    row_tag,
)
from servicekit.json_provider import OrjsonProvider

MALFORMED = [
    "",
    " ",
    '"',
    "nonsense",
    "7",
    '"7',
    '"7" "8"',
    '*, "7"',
    ",",
    '"a b"',
    'w/"7"',
    "x" * 8000,
    " " * 8000 + "x",
]


@pytest.fixture(name="app")
def _app():
    app = Flask("example")
    app.json = OrjsonProvider(app)
    entity_tags.init_app(app)
    answers = {
        "/row": ('{"a": 1}', 200, entity_tag(7, 3)),
        "/list": ('{"a": 1}', 200, {}),
        "/other-list": ('{"a": 2}', 200, {}),
        "/text": ("a", 200, {"Content-Type": "text/plain"}),
        "/failure": ("{}", 404, {}),
    }

    @app.route("/<path:path>", methods=["GET", "POST"])
    def _answer(path):
        body, status, headers = answers[f"/{path}"]
        return Response(body, status, {"Content-Type": "application/json", "Cache-Control": "no-store", **headers})

    return app


def precondition(*headers, name="If-Match", required=False):
    app = Flask("example")
    app.config[REQUIRED] = required
    with app.test_request_context("/", headers=[(name, header) for header in headers]):
        return requested_if_match()


def test_tag_of_a_row_is_its_version_and_what_else_is_shown(app):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with app.app_context():
        assert entity_tag(7) == {"ETag": '"7"'}
        assert (row_tag(7, 12), row_tag(7, 12, 3), row_tag(7, None, 3)) == ('"7-12"', '"7-12-3"', '"7--3"')
        assert (row_tag(7, None), row_tag(7, None, None)) == ('"7"', '"7"')
        assert row_tag(7, moment, "a") == row_tag(7, moment, "a") != row_tag(7, moment, "b")
        # Whatever is in a figure, the tag can be sent.
        assert re.fullmatch('"7-[0-9a-f]+"', row_tag(7, 'é"\n'))


@pytest.mark.parametrize(
    "headers", [(), ('"7"',), ('"6", "7"',), (' , "6",\t"7" ,',), ("*",), ('"6"', '"7"'), ('"7-12-3"',)]
)
def test_row_that_the_request_names_or_leaves_open_may_be_changed(headers):
    precondition(*headers).check(7)


@pytest.mark.parametrize(
    "header", ['"6"', '"77"', '"70-7"', '"07"', '"-7"', '""', 'W/"7"', '"6", W/"7"', '"7,8"', '"é7"', f'"{"x" * 5000}"']
)
def test_row_that_the_request_does_not_name_is_kept(header):
    with pytest.raises(PreconditionFailed):
        precondition(header).check(7)


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("header", MALFORMED)
def test_precondition_of_a_change_that_cannot_be_read_is_refused(name, header):
    with pytest.raises(IfMatchMalformed):
        precondition(header, name=name)


@pytest.mark.parametrize(("header", "refused"), [("*", True), ('"7"', True), ('W/"7"', True), ('"6"', False)])
def test_change_of_what_must_not_be_there_is_refused(header, refused):
    found = precondition(header, name="If-None-Match")

    if refused:
        with pytest.raises(PreconditionFailed):
            found.check(7)
    else:
        found.check(7)


def test_change_without_precondition_is_refused_where_one_is_required():
    with pytest.raises(PreconditionRequired):
        precondition(required=True)
    with pytest.raises(PreconditionRequired):
        precondition('"7"', name="If-None-Match", required=True)
    precondition('"7"', required=True).check(7)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", ['"7-3"', 'W/"7-3"', '"1", W/"7-3"', "*"])
def test_answer_that_is_known_is_not_sent_again(app, method, known):
    response = app.test_client().open("/row", method=method, headers={"If-None-Match": known})

    assert (response.status_code, response.get_data()) == (304, b"")
    assert (response.headers["ETag"], response.headers["Cache-Control"]) == ('"7-3"', "no-store")
    assert not {"Content-Type", "Content-Length"} & set(response.headers.keys())


@pytest.mark.parametrize("known", ['"7"', '"7-4"', 'W/"7"', "7-3", *MALFORMED])
def test_answer_that_is_not_known_is_sent(app, known):
    response = app.test_client().get("/row", headers={"If-None-Match": known})

    assert (response.status_code, response.get_data()) == (200, b'{"a": 1}')


def test_answer_without_a_tag_has_one_of_its_body(app):
    client = app.test_client()
    tags = [client.get(path).headers["ETag"] for path in ("/list", "/list", "/other-list")]

    assert tags[0] == tags[1] != tags[2]
    assert client.head("/list").headers["ETag"] == tags[0]
    assert client.get("/list", headers={"If-None-Match": tags[0]}).status_code == 304
    assert client.get("/list", headers={"If-None-Match": tags[2]}).status_code == 200


def test_other_answers_have_no_tag_and_are_always_sent(app):
    client = app.test_client()
    for response in (
        client.post("/list", headers={"If-None-Match": "*"}),
        client.get("/text", headers={"If-None-Match": "*"}),
        client.get("/failure", headers={"If-None-Match": "*"}),
    ):
        assert response.status_code != 304
        assert "ETag" not in response.headers
