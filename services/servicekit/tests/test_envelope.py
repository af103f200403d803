"""The one shape of every failure."""

from __future__ import annotations

import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy.exc
from flask import abort, request
from werkzeug.exceptions import TooManyRequests

from servicekit.access import PUBLIC, access
from servicekit.challenges import insufficient_scope
from servicekit.envelope import (
    ApiError,
    InternalError,
    MalformedBody,
    NothingToUpdate,
    RateLimited,
    ServiceUnavailable,
    UnsupportedMediaType,
    ValidationFailed,
    success_body,
)
from servicekit.limits import unlimited


class TooDark(ApiError):
    """A fact that only this test knows."""

    code, status, message = "too_dark", 409, "It is too dark."


class NotByYou(ApiError):
    """A fact about whoever asks."""

    code, status, message = "not_by_you", 403, "Not by you."


class NotWithThis(ApiError):
    """A fact about the credentials."""

    code, status, message = "not_with_this", 401, "Not with this."
    challenge = insufficient_scope("lamps:light")


class Unprintable:
    """What JSON cannot say."""


def views(blueprint, _limiter):
    def register(path, function, methods=("GET",)):
        function.__name__ = f"show_{path.replace('-', '_')}"
        blueprint.route(f"/{path}", methods=list(methods))(access(PUBLIC)(unlimited(blueprint.response(200)(function))))

    def failing(path, error):
        def fail():
            raise error

        register(path, fail)

    failing("fact", TooDark())
    failing("fact-in-words", TooDark("Not a star.", details={"sky": ["dark"]}, headers={"X-Lamp": "off"}))
    failing("not-by-you", NotByYou())
    failing("not-with-this", NotWithThis())
    failing("defect", RuntimeError("the reason, for the log only"))
    failing("framework-429", TooManyRequests(retry_after=7))

    def driver_error(kind, sqlstate=None, **flags):
        words = "driver words\nDETAIL:  Failing row contains (somebody@example.org)."
        original = psycopg2.errors.lookup(sqlstate)(words) if sqlstate else psycopg2.Error(words)
        return kind("SELECT secret", {}, original, **flags)

    failing("database-away", driver_error(sqlalchemy.exc.OperationalError))
    failing("database-slow", driver_error(sqlalchemy.exc.OperationalError, "57014"))
    failing("database-cut", driver_error(sqlalchemy.exc.InternalError, "25P03", connection_invalidated=True))
    failing("database-busy", sqlalchemy.exc.TimeoutError("QueuePool limit"))
    failing("database-defect", driver_error(sqlalchemy.exc.ProgrammingError))

    register("abort", lambda: abort(int(request.args["status"])))
    register("unprintable", lambda: {"thing": Unprintable()})
    register("body", lambda: {"length": len(request.get_data())}, methods=("POST",))


@pytest.fixture
def client(make_client):
    return make_client(views)


def failure(response):
    body = response.get_json()
    assert body["success"] is False
    assert body["error"]["status"] == response.status_code
    assert body["error"]["request_id"] == response.headers["X-Request-Id"] != ""
    return body["error"]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (MalformedBody, "malformed_body", 400),
        (NothingToUpdate, "nothing_to_update", 400),
        (UnsupportedMediaType, "unsupported_media_type", 415),
        (ValidationFailed, "validation_failed", 422),
        (RateLimited, "rate_limited", 429),
        (InternalError, "internal_error", 500),
        (ServiceUnavailable, "service_unavailable", 503),
    ],
)
def test_code_and_status_of_every_shared_fact(error, code, status):
    assert (error.code, error.status) == (code, status)
    assert str(error()) == error.message


def test_fact_is_told_with_its_code_status_and_message(client):
    error = failure(client.get("/api/v1/fact"))

    assert (error["code"], error["status"], error["message"]) == ("too_dark", 409, "It is too dark.")
    assert "details" not in error


def test_fact_may_bring_its_own_words_details_and_headers(client):
    response = client.get("/api/v1/fact-in-words")
    error = failure(response)

    assert (error["message"], error["details"]) == ("Not a star.", {"sky": ["dark"]})
    assert response.headers["X-Lamp"] == "off"
    assert response.mimetype == "application/json"


@pytest.mark.parametrize(
    ("path", "challenge"),
    [
        ("fact", None),
        ("not-by-you", 'Bearer realm="colophon"'),
        ("not-with-this", 'Bearer realm="colophon", error="insufficient_scope", scope="lamps:light"'),
    ],
)
def test_refusal_of_the_caller_brings_a_challenge(client, path, challenge):
    assert client.get(f"/api/v1/{path}").headers.get("WWW-Authenticate") == challenge


def test_defect_is_a_bare_500_and_its_reason_is_in_the_log(client, recorder):
    response = client.get("/api/v1/defect")

    assert failure(response)["code"] == "internal_error"
    assert "the reason" not in response.get_data(as_text=True)
    (event,) = recorder.named("unhandled_exception")
    assert "the reason, for the log only" in event["exception"]
    assert event["request_id"] == response.headers["X-Request-Id"]


def test_answer_that_is_no_json_is_a_500(client):
    assert failure(client.get("/api/v1/unprintable"))["code"] == "internal_error"


@pytest.mark.parametrize("path", ["away", "slow", "cut", "busy"])
def test_database_that_is_away_or_too_slow_is_a_503_that_says_when_to_try_again(client, path, recorder):
    response = client.get(f"/api/v1/database-{path}")

    assert (failure(response)["code"], response.status_code) == ("service_unavailable", 503)
    assert response.headers["Retry-After"] == "2"
    assert "driver words" not in response.get_data(as_text=True)
    assert len(recorder.named("database_unavailable")) == 1


def test_wrong_statement_is_a_500_without_the_words_of_the_driver(client, recorder):
    response = client.get("/api/v1/database-defect")

    assert (failure(response)["code"], response.status_code) == ("internal_error", 500)
    assert "SELECT" not in response.get_data(as_text=True)
    assert recorder.named("database_error")[0]["reason"] == "driver words"


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/nothing", "/api/v1/%00", "/api/v1/%ff", "/api//v1/fact", "/api/v1/fact/"]
)
def test_unknown_address_is_a_404_in_the_envelope(client, path):
    response = client.get(path)

    assert (failure(response)["code"], response.status_code) == ("not_found", 404)


def test_wrong_method_is_a_405_that_names_the_right_ones(client):
    response = client.delete("/api/v1/fact")

    assert failure(response)["code"] == "method_not_allowed"
    assert sorted(response.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]


def test_body_that_is_too_large_is_a_413(client):
    response = client.post("/api/v1/body", data=b" " * (1024 * 1024 + 1))

    assert failure(response)["code"] == "payload_too_large"
    assert client.post("/api/v1/body", data=b" " * 1024 * 1024).status_code == 200


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (408, "request_timeout"),
        (414, "uri_too_long"),
        (431, "headers_too_large"),
    ],
)
def test_refusal_of_the_framework_is_told_in_our_words(client, status, code):
    assert failure(client.get(f"/api/v1/abort?status={status}"))["code"] == code


@pytest.mark.parametrize("path", ["abort?status=418", "framework-429"])
def test_refusal_that_nothing_here_raises_is_a_defect(client, path, recorder):
    assert failure(client.get(f"/api/v1/{path}"))["code"] == "internal_error"
    assert len(recorder.named("unexpected_http_exception")) == 1


def test_error_before_the_first_handler_is_still_an_envelope_with_an_id(make_app):
    app = make_app()

    @app.before_request
    def fail():
        raise RuntimeError

    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())

    assert failure(app.test_client().get("/"))["code"] == "internal_error"


def test_success_names_message_and_pagination_only_when_there_are_some():
    assert success_body([1]) == {"success": True, "data": [1]}
    assert success_body(None, message="Done.", pagination={"page": 1}) == {
        "success": True,
        "data": None,
        "message": "Done.",
        "pagination": {"page": 1},
    }
