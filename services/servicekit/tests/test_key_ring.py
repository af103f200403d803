"""The key ring: what it gives, what it refuses, and how it follows its file."""

from __future__ import annotations

import json
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from servicekit import key_ring
from servicekit.key_ring import KeyRing, KeyRingInvalid, read_ring

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = "2999-01-01T00:00:00Z"


def key(kid="k1", **members):
    return {"kid": kid, "secret": secrets.token_urlsafe(32), "state": "active", **members}


def counted_failures():
    return REGISTRY.get_sample_value("colophon_key_ring_reload_failures_total")


class Ring:
    """A ring file, the KeyRing that reads it, and the clock of that KeyRing."""

    def __init__(self, folder, *keys):
        self.path = folder / "ring.json"
        self.now = 0.0
        self.write(*keys)
        self.keys = KeyRing(folder, monotonic=lambda: self.now)
        self._failed_before = counted_failures()

    def write(self, *keys):
        """Put these keys into the file."""
        self.replace_by(json.dumps({"keys": list(keys)}))

    def replace_by(self, text):
        """Replace the file as an operator does, by a rename inside the folder."""
        successor = self.path.with_suffix(".new")
        successor.write_text(text)
        successor.rename(self.path)

    def failed_reloads(self):
        """Return how often the file could not be used since it was made."""
        return counted_failures() - self._failed_before

    def knows(self, kid, now=NOW):
        """Return whether tokens of that key are accepted."""
        return self.keys.verification_secret(kid, now) is not None


@pytest.fixture
def ring(tmp_path):
    return Ring(tmp_path, key("k1"))


def test_ring_gives_the_bytes_of_the_secret_of_a_known_kid(tmp_path):
    ring = Ring(tmp_path, key("k1", secret="\u00fc" * 32))

    assert ring.keys.verification_secret("k1", NOW) == ("\u00fc" * 32).encode()
    assert ring.keys.verification_secret("k2", NOW) is None


def test_ring_verifies_with_keys_of_every_state(tmp_path):
    ring = Ring(tmp_path, key("new", state="next"), key("now"), key("old", state="retired", retire_at=LATER))

    assert ring.knows("new")
    assert ring.knows("now")
    assert ring.knows("old")


def test_ring_does_not_verify_with_a_key_past_its_retirement(tmp_path):
    ring = Ring(tmp_path, key("k1"), key("old", state="retired", retire_at=NOW.isoformat()))

    assert ring.knows("old", NOW - timedelta(seconds=1))
    assert not ring.knows("old", NOW)


def test_ring_signs_with_the_active_key_that_came_into_force_last(tmp_path):
    ring = Ring(
        tmp_path,
        key("first"),
        key("second", active_from="2020-01-01T00:00:00Z"),
        key("later", active_from=NOW.isoformat()),
        key("unused", state="next", active_from="2021-01-01T00:00:00Z"),
    )

    assert ring.keys.signing_key(NOW - timedelta(seconds=1)).kid == "second"
    assert ring.keys.signing_key(NOW).kid == "later"


def test_ring_does_not_sign_with_a_key_that_would_not_verify(tmp_path):
    ring = Ring(tmp_path, key("old"), key("new", active_from="2020-01-01T00:00:00", retire_at=NOW.isoformat()))

    assert ring.keys.signing_key(NOW - timedelta(seconds=1)).kid == "new"
    assert ring.keys.signing_key(NOW).kid == "old"


def test_ring_without_a_key_in_force_refuses_to_sign(tmp_path):
    ring = Ring(tmp_path, key("k1", active_from="2020-01-01T00:00:00Z"))

    with pytest.raises(KeyRingInvalid, match="no key is active"):
        ring.keys.signing_key(datetime(2019, 1, 1, tzinfo=UTC))


def test_ring_is_looked_at_again_after_a_second(ring):
    ring.write(key("k1"), key("k2"))

    ring.now = 0.9
    assert not ring.knows("k2")
    ring.now = 1.0
    assert ring.knows("k2")


def test_ring_that_breaks_is_counted_told_once_and_the_last_good_one_stays(ring, recorder):
    ring.replace_by("{")
    for ring.now in (1.0, 2.0, 3.0):
        assert ring.knows("k1")

    assert ring.failed_reloads() == 3
    assert len(recorder.named("key_ring_reload_failed")) == 1


def test_ring_that_is_removed_and_brought_back_is_read_again(ring, recorder):
    ring.path.unlink()
    ring.now = 1.0
    assert ring.knows("k1")

    ring.write(key("k2"))
    ring.now = 2.0
    assert ring.knows("k2")
    assert not ring.knows("k1")

    ring.path.unlink()
    ring.now = 3.0
    assert ring.knows("k2")
    assert ring.failed_reloads() == 2
    assert len(recorder.named("key_ring_reload_failed")) == 2


def test_ring_whose_keys_all_lie_in_the_future_is_not_taken_over(ring):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ring.write(key("k2", active_from=tomorrow))
    ring.now = 1.0

    assert ring.keys.signing_key(datetime.now(UTC)).kid == "k1"
    assert ring.failed_reloads() == 1


def test_ring_is_read_by_one_of_many_threads(ring, monkeypatch):
    reads = []
    everybody_is_late = threading.Barrier(4)

    def slow_read(path):
        reads.append(path)
        time.sleep(0.05)
        return read_ring(path)

    def look():
        everybody_is_late.wait()
        ring.knows("k1")

    monkeypatch.setattr(key_ring, "read_ring", slow_read)
    ring.write(key("k2"))
    ring.now = 1.0
    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reads) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "cannot be read as a key ring"),
        ("[]", "cannot be read as a key ring"),
        ("{}", "cannot be read as a key ring"),
        ('{"keys": {}}', "keys must be a list"),
        ('{"keys": []}', "no key is active"),
        ('{"keys": ["k1"]}', "key 0: kid, secret and state must be given as text"),
        ('{"keys": [{"kid": 1, "secret": "s", "state": "active"}]}', "must be given as text"),
    ],
)
def test_ring_of_another_shape_is_refused_at_the_start(tmp_path, text, problem):
    (tmp_path / "ring.json").write_text(text)

    with pytest.raises(KeyRingInvalid, match=problem):
        KeyRing(tmp_path)


def test_ring_that_does_not_exist_is_refused_at_the_start(tmp_path):
    with pytest.raises(KeyRingInvalid, match="FileNotFoundError"):
        KeyRing(tmp_path)


def test_ring_lists_every_problem_and_no_secret(tmp_path):
    twin = key("twin")
    broken = [
        key("weak", secret="tooshort" * 3),
        key("odd", state="broken"),
        twin,
        {**key("twin"), "secret": twin["secret"]},
        key("when", active_from="tomorrow"),
        key("number", retire_at=5),
        key("old", state="retired"),
    ]
    (tmp_path / "ring.json").write_text(json.dumps({"keys": broken}))

    with pytest.raises(KeyRingInvalid) as raised:
        read_ring(tmp_path / "ring.json")

    assert raised.value.problems == [
        "key 0: its secret is shorter than 32 bytes",
        "key 1: the state 'broken' is not next, active or retired",
        "key 3: the kid 'twin' is used twice",
        "key 3: its secret is used twice",
        "key 4: Invalid isoformat string: 'tomorrow'",
        "key 5: times must be ISO 8601 text",
        "key 6: it is retired without retire_at, so its tokens would be accepted for ever",
    ]
    assert "tooshort" not in str(raised.value)


def test_signing_key_does_not_show_its_secret(ring):
    shown = repr(ring.keys.signing_key(NOW))

    assert shown == "SigningKey(kid='k1', state='active')"
