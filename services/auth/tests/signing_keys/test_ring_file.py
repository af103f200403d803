"""Replacing the ring file."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.signing_keys.ring_file import WrittenTooLate, exclusive, replace_ring
from servicekit.key_ring import KeyRingInvalid, SigningKey, read_ring

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEYS = [
    SigningKey("old", "\u00fc".encode() * 32, "active", LONG_AGO, datetime(2999, 1, 1, 12, 0, 0, 125_000, tzinfo=UTC)),
    SigningKey("waiting", b"w" * 32, "next", datetime.fromtimestamp(0, UTC), None),
]


def files_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture(name="ring_file")
def _ring_file(tmp_path):
    """The path of a ring that is to be replaced."""
    path = tmp_path / "ring.json"
    path.write_text("what was there")
    path.chmod(0o444)
    return path


def test_ring_is_what_was_written_and_everybody_in_the_folder_may_read_it(ring_file):
    before = ring_file.stat().st_ino

    replace_ring(ring_file.parent, KEYS)

    assert list(read_ring(ring_file).values()) == KEYS
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o444
    assert ring_file.stat().st_ino != before, "written over: a reader could have seen half of it"
    assert files_in(ring_file.parent) == ["ring.json"]


def test_ring_that_no_service_would_take_replaces_nothing(ring_file):
    with pytest.raises(KeyRingInvalid, match="no key is active"):
        replace_ring(ring_file.parent, KEYS[1:])

    assert ring_file.read_text() == "what was there"
    assert files_in(ring_file.parent) == ["ring.json"]


def test_ring_that_is_stored_too_late_replaces_nothing(ring_file):
    now = datetime.now(UTC)

    with pytest.raises(WrittenTooLate):
        replace_ring(ring_file.parent, KEYS, not_after=now, clock=lambda: now + timedelta(milliseconds=1))

    assert ring_file.read_text() == "what was there"
    assert files_in(ring_file.parent) == ["ring.json"]


def test_what_a_killed_command_left_behind_does_not_matter(ring_file):
    left = ring_file.with_name("ring.json.new")
    left.write_text("half a ri")
    left.chmod(0o444)

    replace_ring(ring_file.parent, KEYS)

    assert set(read_ring(ring_file)) == {"old", "waiting"}
    assert not left.exists()


def test_two_who_replace_the_ring_wait_for_each_other(tmp_path):
    order = []
    inside, entered = threading.Event(), threading.Event()

    def second():
        inside.wait(10)
        with exclusive(tmp_path):
            order.append("second")
        entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    with exclusive(tmp_path):
        inside.set()
        assert not entered.wait(0.2)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert files_in(tmp_path) == []
