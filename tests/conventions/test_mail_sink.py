"""The mail server for development."""

from __future__ import annotations

import importlib.util
import json
import re
import smtplib
import socket
import threading
import urllib.error
import urllib.request
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller


@pytest.fixture(name="module")
def _module(repository):
    spec = importlib.util.spec_from_file_location("mail_sink", repository / "deploy/mail-sink/mail_sink.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="sink")
def _sink(module):
    """Return the port for mails and a function that asks over HTTP."""
    sink = module.Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    smtp = Controller(sink, hostname="127.0.0.1", port=port)
    smtp.start()
    http = module.http_server(sink, ("127.0.0.1", 0))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def ask(method, path):
        request = urllib.request.Request(f"http://127.0.0.1:{http.server_port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    yield port, ask
    http.shutdown()
    http.server_close()
    thread.join()
    smtp.stop()


def send(port, subject, html=None):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Colophon <a@example.org>", "b@example.org", subject
    message.set_content("The text\n")
    if html:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=5) as smtp:
        smtp.send_message(message)


def test_sink_shows_what_came_the_newest_first_and_forgets_it_when_told(sink):
    port, ask = sink
    assert ask("GET", "/health") == (200, None)
    assert ask("GET", "/messages") == (200, [])

    send(port, "First \u00e9", "<p>The page</p>\n")
    send(port, "Second")

    status, (second, first) = ask("GET", "/messages")
    assert status == 200
    assert (first["subject"], first["to"], first["from"]) == (
        "First \u00e9",
        ["b@example.org"],
        "Colophon <a@example.org>",
    )
    assert (first["text"].strip(), first["html"].strip()) == ("The text", "<p>The page</p>")
    assert (second["subject"], second["html"]) == ("Second", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["received_at"])
    assert ask("DELETE", "/messages") == (200, None)
    assert ask("GET", "/messages") == (200, [])


def test_sink_keeps_a_bounded_number(module, sink):
    port, ask = sink
    for number in range(module.KEPT + 2):
        send(port, str(number))

    _, messages = ask("GET", "/messages")
    assert [message["subject"] for message in messages] == [str(n) for n in range(module.KEPT + 1, 1, -1)]


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/messages/1"), ("DELETE", "/")])
def test_sink_knows_no_other_address(sink, method, path):
    assert sink[1](method, path) == (404, None)
