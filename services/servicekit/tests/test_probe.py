"""The health probe of the containers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from servicekit import probe


class Health(BaseHTTPRequestHandler):
    """Answers the status that its path names."""

    def do_GET(self):
        """Answer."""
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def address():
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1), (204, 1)])
def test_only_a_200_is_healthy(address, status, code):
    assert probe.main(f"{address}/{status}") == code


def test_nobody_there_is_not_healthy(free_port):
    assert probe.main(f"http://127.0.0.1:{free_port}/200") == 1


def test_silence_is_not_healthy(silent_port, monkeypatch):
    monkeypatch.setattr(probe, "TIMEOUT_SECONDS", 0.1)

    assert probe.main(f"http://127.0.0.1:{silent_port}/200") == 1
