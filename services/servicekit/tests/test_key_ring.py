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
from servicekit.env import exit_with_problems
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
    ring.write(key("k2"))

    ring.now = 0.9
    assert ring.knows("k1")
    ring.now = 1.0
    assert not ring.knows("k1")


def test_ring_is_looked_at_before_a_key_that_is_not_in_it_is_refused(ring):
    ring.write(key("k1"), key("k2"))

    assert ring.knows("k2")


@pytest.mark.parametrize("text", [None, "{"], ids=["as it was", "broken"])
def test_ring_is_read_once_however_many_unknown_keys_are_asked_for(ring, monkeypatch, text):
    if text is not None:
        ring.replace_by(text)
    reads = []
    monkeypatch.setattr(key_ring, "read_ring", lambda path: reads.append(path) or read_ring(path))

    assert [ring.knows(f"made-up-{number}") for number in range(5)] == [False] * 5
    assert len(reads) == (0 if text is None else 1)


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
        ('{"keys": ["k1"]}', "key 0: it must be an object with kid, secret and state"),
        ('{"keys": [{"kid": 1, "secret": "s", "state": "active"}]}', "key 0: kid must be given as text"),
        ("[" * 100_000, "cannot be read as a key ring: RecursionError"),
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
        key("early", active_from="2026-01-02T00:00:00+01:00", retire_at="2026-01-01T23:00:00Z"),
        key("beyond", active_from="0001-01-01T00:00:00+14:00"),
        key("half", secret="\ud800" * 32),
        {"kid": None, "secret": 5},
        {"kid": "../../etc/passwd", "secret": "tooshort", "state": "on", "active_from": "now", "retire_at": []},
        {**key("twin"), "secret": "tooshort" * 3, "state": 1},
    ]
    (tmp_path / "ring.json").write_text(json.dumps({"keys": broken}))

    with pytest.raises(KeyRingInvalid) as raised:
        read_ring(tmp_path / "ring.json")

    assert raised.value.problems == [
        "key 0 (weak): its secret is shorter than 32 bytes",
        "key 1 (odd): its state is not next, active or retired",
        "key 3 (twin): its kid is used twice",
        "key 3 (twin): its secret is used twice",
        "key 4 (when): its active_from must be a time as 2030-01-31T12:00:00Z",
        "key 5 (number): its retire_at must be a time as 2030-01-31T12:00:00Z",
        "key 6 (old): it is retired without retire_at, so its tokens would be accepted for ever",
        "key 7 (early): its retire_at is not after its active_from",
        "key 8 (beyond): its active_from must be a time as 2030-01-31T12:00:00Z",
        "key 9 (half): its secret holds half a character, which has no bytes",
        "key 10: kid must be given as text",
        "key 10: secret must be given as text",
        "key 10: state must be given as text",
        "key 11: its kid must be 1 to 64 letters, digits, - or _",
        "key 11: its secret is shorter than 32 bytes",
        "key 11: its state is not next, active or retired",
        "key 11: its active_from must be a time as 2030-01-31T12:00:00Z",
        "key 11: its retire_at must be a time as 2030-01-31T12:00:00Z",
        "key 12 (twin): state must be given as text",
        "key 12 (twin): its secret is shorter than 32 bytes",
        "key 12 (twin): its kid is used twice",
        "key 12 (twin): its secret is used twice",
    ]
    assert "tooshort" not in str(raised.value)


@pytest.mark.parametrize("kid", ["", "a b", "k/1", "..", "k1\n", "\u00e9", "\u0661", "x" * 65, "' OR 1=1 --"])
def test_kid_that_could_mean_something_elsewhere_is_refused(tmp_path, kid):
    (tmp_path / "ring.json").write_text(json.dumps({"keys": [key(kid), key("fine")]}))

    with pytest.raises(KeyRingInvalid) as raised:
        read_ring(tmp_path / "ring.json")

    assert raised.value.problems == ["key 0: its kid must be 1 to 64 letters, digits, - or _"]


@pytest.mark.parametrize("kid", ["k", "-", "_", "2026-11_A", "x" * 64])
def test_kid_of_safe_characters_is_taken(tmp_path, kid):
    (tmp_path / "ring.json").write_text(json.dumps({"keys": [key(kid)]}))

    assert list(read_ring(tmp_path / "ring.json")) == [kid]


def test_process_with_an_unusable_ring_ends_with_every_problem_and_no_traceback(tmp_path):
    (tmp_path / "ring.json").write_text(json.dumps({"keys": [key("weak", secret="short"), key("odd", state="on")]}))

    with pytest.raises(SystemExit) as ended, exit_with_problems():
        KeyRing(tmp_path)

    assert ended.value.code == (
        "The signing keys are not usable:\n"
        "  - key 0 (weak): its secret is shorter than 32 bytes\n"
        "  - key 1 (odd): its state is not next, active or retired\n"
        "  - no key is active"
    )
    assert ended.value.__suppress_context__


def test_signing_key_does_not_show_its_secret(ring):
    shown = repr(ring.keys.signing_key(NOW))

    assert shown == "SigningKey(kid='k1', state='active')"
