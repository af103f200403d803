"""The shared settings of gunicorn."""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import socket
import tempfile
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import (
    InvalidHeader,
    InvalidRequestLine,
    LimitRequestHeaders,
    LimitRequestLine,
    UnsupportedTransferCoding,
)

from servicekit.env import ConfigurationError
from servicekit.gunicorn_logger import JsonLogger
from servicekit.gunicorn_worker import EnvelopeWorker

REPOSITORY = Path(__file__).resolve().parents[3]
# What the module holds beside settings of gunicorn.
NOT_SETTINGS = {"annotations", "os", "env", "WebServerConfig", "forget_dead_worker", "fresh_folder"}


@pytest.fixture(autouse=True)
def _folder_of_metrics(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def settings(monkeypatch, **environ):
    for name in ("COLOPHON_WEB_WORKERS", "COLOPHON_WEB_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    module = importlib.reload(importlib.import_module("servicekit.gunicorn"))
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def test_gunicorn_knows_and_accepts_every_setting(monkeypatch):
    """A name that gunicorn does not know it ignores, a misspelled one too."""
    config = Config()
    for name, value in settings(monkeypatch).items():
        if name not in NOT_SETTINGS:
            config.set(name, value)

    assert config.settings["control_socket_disable"].get() is True
    assert config.worker_class is EnvelopeWorker


def test_workers_and_threads_come_from_the_environment(monkeypatch):
    found = settings(monkeypatch, COLOPHON_WEB_WORKERS="3", COLOPHON_WEB_THREADS="8")

    assert (found["workers"], found["threads"]) == (3, 8)


def test_processes_count_in_a_new_folder_that_only_gunicorn_tells_of(monkeypatch, tmp_path):
    (first,), (second,) = (settings(monkeypatch)["raw_env"] for _ in range(2))

    assert first != second
    assert Path(first.removeprefix("PROMETHEUS_MULTIPROC_DIR=")).parent == tmp_path
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_impossible_count_of_threads_is_refused(monkeypatch):
    with pytest.raises(ConfigurationError, match="COLOPHON_WEB_THREADS must be at least 2"):
        settings(monkeypatch, COLOPHON_WEB_THREADS="1")


def test_idle_connections_outlive_those_of_the_gateway(monkeypatch):
    upstreams = (REPOSITORY / "gateway/scripts/watch-upstreams").read_text()
    gateway_keeps_seconds = int(re.search(r"keepalive_timeout (\d+)s;", upstreams)[1])

    assert settings(monkeypatch)["keepalive"] > gateway_keeps_seconds


def test_messages_of_gunicorn_go_to_the_root_logger(recorder):
    logger = JsonLogger(Config())
    try:
        logger.info("Starting")
        assert logger.error_log.handlers == []
        assert recorder.named("Starting") == [{"event": "Starting"}]
    finally:
        logging.getLogger("gunicorn.error").propagate = False


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidRequestLine("GET /?password=secret\xff"), 400, "bad_request"),
        (InvalidHeader("Authorization"), 400, "bad_request"),
        (LimitRequestLine(9000, 8190), 414, "uri_too_long"),
        (LimitRequestHeaders("too large"), 431, "headers_too_large"),
        (UnsupportedTransferCoding("br"), 501, "not_implemented"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
)
def test_request_that_cannot_be_read_is_refused_in_the_envelope(error, status, code, recorder):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        EnvelopeWorker.handle_error(None, None, ours, ("192.0.2.7", 1), error)
        head, _, body = theirs.recv(65536).decode().partition("\r\n\r\n")

    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: application/json" in head
    assert f"Content-Length: {len(body)}" in head
    assert json.loads(body)["error"]["code"] == code
    (line,) = recorder.named("request_not_read")
    assert "secret" not in body + str(line)


def test_caller_who_is_gone_is_no_error():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        EnvelopeWorker.handle_error(None, None, ours, None, InvalidHeader("X"))
