"""The process that decodes: bounded, one at a time, and nothing of the service."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from books_service.covers import isolation, rendering_process
from books_service.covers.errors import CoversBusy, CoverUnreadable
from books_service.covers.isolation import Renderer


def process_that(monkeypatch, code):
    """Have ``code`` run in place of the rendering."""
    real = isolation.subprocess.run

    def run(command, **options):
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr(isolation.subprocess, "run", run)


def test_process_answers_as_it_does_by_itself(picture, monkeypatch, capfdbinary):
    content = picture()
    monkeypatch.setattr(rendering_process.sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    rendering_process.main("image/jpeg")
    sys.stdout.flush()

    assert isolation._read(capfdbinary.readouterr().out) == Renderer(1).render(io.BytesIO(content), "image/jpeg")


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 9)",
        "raise MemoryError",
        "from books_service.covers.rendering_process import confine; confine(); bytearray(400 * 2**20)",
    ],
)
def test_image_that_breaks_its_process_is_unreadable(picture, monkeypatch, code):
    process_that(monkeypatch, code)

    with pytest.raises(CoverUnreadable):
        Renderer(1).render(io.BytesIO(picture()), "image/jpeg")


def test_image_that_takes_too_long_is_given_up(picture, monkeypatch):
    monkeypatch.setattr(isolation, "DONE_WITHIN_SECONDS", 0.2)
    process_that(monkeypatch, "import time; time.sleep(60)")

    with pytest.raises(CoversBusy):
        Renderer(1).render(io.BytesIO(picture()), "image/jpeg")


def test_process_knows_no_setting_and_writes_no_file(picture, monkeypatch):
    monkeypatch.setenv("BOOKS_DATABASE_PASSWORD", "secret")
    process_that(
        monkeypatch,
        "import os, tempfile\n"
        "from books_service.covers.rendering_process import confine\n"
        "confine()\n"
        "assert set(os.environ) <= {'PYTHONPATH', 'PYTHONDONTWRITEBYTECODE', 'LC_CTYPE'}, os.environ\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        "    os.write(tempfile.mkstemp()[0], b'x')\n"
        "except OSError:\n"
        '    print(\'{"refused": "unreadable"}\')\n',
    )

    with pytest.raises(CoverUnreadable):
        Renderer(1).render(io.BytesIO(picture()), "image/jpeg")


def test_no_more_threads_than_allowed_are_at_it(picture):
    renderer = Renderer(1)
    renderer._places.acquire()

    with pytest.raises(CoversBusy):
        renderer.render(io.BytesIO(picture()), "image/jpeg")

    renderer._places.release()
    assert renderer.render(io.BytesIO(picture()), "image/jpeg").width == 300


def test_everybody_waits_for_their_turn_and_not_for_ever(picture, monkeypatch):
    results = []

    def render():
        results.append(Renderer(1).render(io.BytesIO(picture()), "image/jpeg").width)

    threads = [threading.Thread(target=render) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [300, 300, 300]

    monkeypatch.setattr(isolation, "TURN_WITHIN_SECONDS", 0.1)
    with isolation._turn(), pytest.raises(CoversBusy):
        Renderer(1).render(io.BytesIO(picture()), "image/jpeg")
