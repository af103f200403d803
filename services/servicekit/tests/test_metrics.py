"""What a service counts about itself, in one process and in the several of gunicorn."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

import servicekit
from servicekit import metrics_endpoint
from servicekit.metrics import KEY_RING_RELOAD_FAILURES

# Counts one decision, or answers the metrics, and says which process did.
COUNTING_APPLICATION = """
import os

from servicekit.metrics import REVOCATION_UNKNOWN, metrics_text

accepted = REVOCATION_UNKNOWN.labels("accept")


def app(environ, start_response):
    if environ["PATH_INFO"] == "/count":
        accepted.inc()
    start_response("200 OK", [("Worker", str(os.getpid()))])
    return [metrics_text()]
"""
ACCEPTED = 'colophon_revocation_unknown_total{decision="accept"}'
DEADLINE_SECONDS = 20


def value(text, sample):
    """Return the value of a sample, written with its labels, in the text of the metrics."""
    (found,) = re.findall(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_metrics_are_told_as_text_without_a_token_or_a_limit(make_app):
    app = make_app()
    app.register_blueprint(metrics_endpoint.internal)
    KEY_RING_RELOAD_FAILURES.inc()

    response = app.test_client().get("/internal/metrics")

    assert response.status_code == 200
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert value(response.text, "colophon_key_ring_reload_failures_total") >= 1
    assert value(response.text, 'colophon_revocation_unknown_total{decision="refuse"}') >= 0


class Gunicorn:
    """A gunicorn of two workers with the settings of the product."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def ask(self, path):
        """Return the process id of the worker that answered and the text of its answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return int(answer.headers["Worker"]), answer.read().decode()

    def until(self, fulfilled):
        """Ask for the metrics again and again until ``fulfilled(worker, text)``."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None
            try:
                worker, text = self.ask("/metrics")
            except OSError:  # not there yet, or the worker was killed
                continue
            if fulfilled(worker, text):
                return text
        pytest.fail("never came")


@contextmanager
def running_gunicorn(folder, port):
    (folder / "counting.py").write_text(COUNTING_APPLICATION)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{folder}:{Path(servicekit.__file__).parents[1]}",
        "TMPDIR": str(folder),
        "COLOPHON_WEB_WORKERS": "2",
    }
    options = ["-c", "python:servicekit.gunicorn", "-b", f"127.0.0.1:{port}", "--log-level", "error", "counting:app"]
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", *options], env=environment, cwd=folder)
    try:
        yield Gunicorn(process, port)
    finally:
        process.terminate()
        process.wait(DEADLINE_SECONDS)


def test_counts_of_all_workers_add_up_and_outlive_a_worker(tmp_path, free_port):
    with running_gunicorn(tmp_path, free_port) as gunicorn:
        gunicorn.until(lambda *_: True)
        counted_by = []
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(set(counted_by)) < 2 and time.monotonic() < deadline:
            counted_by.append(gunicorn.ask("/count")[0])
        assert len(set(counted_by)) == 2

        # Whichever worker answers, it tells the counts of both.
        tellers = set()

        def both_have_told(worker, text):
            assert value(text, ACCEPTED) == len(counted_by)
            tellers.add(worker)
            return len(tellers) == 2

        gunicorn.until(both_have_told)

        os.kill(counted_by[0], signal.SIGKILL)
        text = gunicorn.until(lambda worker, _: worker not in counted_by)
        assert value(text, ACCEPTED) == len(counted_by)


def test_every_start_of_gunicorn_counts_from_nothing(tmp_path, free_port):
    for _ in range(2):
        with running_gunicorn(tmp_path, free_port) as gunicorn:
            gunicorn.until(lambda _, text: value(text, ACCEPTED) == 0)
            gunicorn.ask("/count")
            gunicorn.until(lambda _, text: value(text, ACCEPTED) == 1)
