"""Structured logs."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from flask import Flask

from servicekit import logs
from servicekit.access import PUBLIC, access
from servicekit.limits import unlimited
from servicekit.logs import configure_logging, current_request_id


def views(blueprint, _limiter):
    @blueprint.route("/fine")
    @access(PUBLIC)
    @unlimited
    @blueprint.response(200)
    def show_fine():
        structlog.get_logger("feature").info("looked", thing=5)
        logging.getLogger("library").warning("heard %s", "something")
        return {"id": current_request_id()}


@pytest.fixture
def client(make_client):
    return make_client(views)


@pytest.fixture
def written(capsys):
    """Return a function that gives the lines on standard output that ``log()`` makes."""

    def of(log):
        configure_logging("example", "info")
        log()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return of


def test_every_line_is_one_json_object_that_names_the_service(written):
    (line,) = written(lambda: structlog.get_logger("feature").warning("several\nlines", thing="\u00e9"))

    assert (line["event"], line["thing"]) == ("several\nlines", "\u00e9")
    assert (line["level"], line["logger"], line["service"]) == ("warning", "feature", "example")
    assert line["timestamp"].endswith("Z")


def test_messages_of_libraries_are_lines_of_the_same_form(written):
    (line,) = written(lambda: logging.getLogger("library").warning("heard %s", "something"))

    assert (line["event"], line["level"], line["logger"]) == ("heard something", "warning", "library")
    assert line["service"] == "example"


@pytest.mark.parametrize("logger", [structlog.get_logger("feature"), logging.getLogger("library")])
def test_exception_is_one_line_with_its_traceback(written, logger):
    def fail():
        try:
            raise ValueError("odd")
        except ValueError:
            logger.exception("failed")

    (line,) = written(fail)

    assert line["event"] == "failed"
    assert "ValueError: odd" in line["exception"]


def test_what_is_below_the_level_is_not_written(written):
    assert written(lambda: structlog.get_logger("feature").debug("detail")) == []


def test_exceeded_limits_are_not_written_with_the_address_of_the_caller(written):
    exceeded = "ratelimit 5 per minute (address:192.0.2.7) exceeded"

    assert written(lambda: logging.getLogger("flask-limiter").info(exceeded)) == []


def test_configuring_twice_writes_each_line_once(written):
    configure_logging("example", "info")

    assert len(written(lambda: structlog.get_logger("feature").info("once"))) == 1


def test_request_is_logged_once_it_is_answered(client, recorder, tokens):
    client.get("/api/v1/fine?search=secret", headers=tokens.headers(5))

    (line,) = recorder.named("request")
    assert (line["method"], line["path"], line["status"], line["user"]) == ("GET", "/api/v1/fine", 200, 5)
    assert 0 <= line["duration_ms"] < 10_000
    assert "secret" not in str(line)


def test_anonymous_request_is_logged_without_a_user(client, recorder):
    client.get("/api/v1/nowhere")

    (line,) = recorder.named("request")
    assert (line["status"], line["user"]) == (404, None)


def test_request_id_of_the_gateway_is_kept_in_answer_and_lines(client, recorder):
    response = client.get("/api/v1/fine", headers={"X-Request-Id": "abc-123._"})

    assert response.headers["X-Request-Id"] == response.get_json()["data"]["id"] == "abc-123._"
    assert recorder.named("looked")[0]["request_id"] == "abc-123._"
    assert recorder.named("request")[0]["request_id"] == "abc-123._"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, '"', "a\u00e9", "{}", "../x"])
def test_request_id_that_is_not_plain_is_replaced(client, sent):
    given = client.get("/api/v1/fine", headers={"X-Request-Id": sent}).headers["X-Request-Id"]

    assert given != sent
    assert len(given) == 32


def test_every_request_has_an_id_of_its_own(client):
    assert len({client.get("/api/v1/fine").headers["X-Request-Id"] for _ in range(3)}) == 3


def test_what_a_thread_logs_after_a_request_does_not_carry_its_id(client):
    client.get("/api/v1/fine")

    assert structlog.contextvars.get_contextvars() == {}


def test_there_is_no_request_id_outside_of_a_request():
    assert current_request_id() == ""


def test_answer_has_an_id_when_the_request_was_never_opened():
    """Such as when matching the address fails, which is before the first before_request."""
    app = Flask("example")
    logs.init_app(app)
    with app.test_request_context("/"):
        response = app.process_response(app.response_class())

    assert len(response.headers["X-Request-Id"]) == 32


def test_lines_go_to_a_file_when_one_is_named(tmp_path, capsys):
    configure_logging("example", "info", tmp_path / "log")
    structlog.get_logger("feature").info("looked")
    logging.getLogger().handlers[0].close()

    assert json.loads((tmp_path / "log").read_text())["event"] == "looked"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("path", ["/internal/health/live", "/internal/metrics"])
def test_expected_answers_to_machines_are_told_at_debug_level_only(make_app, recorder, path):
    app = make_app()

    @app.route(path)
    @access(PUBLIC)
    @unlimited
    def show_expected():
        return {}

    for level, lines in (("INFO", 0), ("DEBUG", 1)):
        logging.getLogger().setLevel(level)
        app.test_client().get(path)
        assert len(recorder.named("request")) == lines
