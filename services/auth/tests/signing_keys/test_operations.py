"""Replacing the signing key in a folder, and what processes that read it see meanwhile."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from auth_service.signing_keys import operations, rotation
from auth_service.signing_keys.operations import replace_key_at_once, rotate_key, system_clock
from auth_service.signing_keys.ring_file import WrittenTooLate, replace_ring
from auth_service.signing_keys.rotation import EMERGENCY_AHEAD, SHORTEST_AHEAD, FreshKey
from servicekit.key_ring import KeyRing, KeyRingInvalid, read_ring

LIFE = timedelta(minutes=15)


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A folder with a ring of one key."""
    first = {"kid": "first", "secret": "s" * 48, "state": "active"}
    (tmp_path / "ring.json").write_text(json.dumps({"keys": [first]}))
    return tmp_path


def rotate(folder, **changed):
    return rotate_key(folder, **{"ahead": SHORTEST_AHEAD, "token_life": LIFE, "last_expiry": None, **changed})


def test_ring_in_the_folder_is_the_one_that_is_returned(folder):
    rotated = rotate(folder)

    ring = read_ring(folder / "ring.json")
    assert tuple(ring.values()) == rotated.keys
    assert list(ring) == ["first", rotated.kid]
    assert len(ring[rotated.kid].secret) == 48


def test_switch_counts_from_the_moment_at_which_the_lock_is_held(folder):
    now = system_clock()

    assert rotate(folder, clock=lambda: now).switch_at == now + SHORTEST_AHEAD
    assert rotate(folder, ahead=timedelta(hours=1)).switch_at >= now + timedelta(hours=1)


def test_key_that_would_sign_before_everybody_knows_it_is_refused(folder):
    before = (folder / "ring.json").read_text()

    with pytest.raises(ValueError, match="at least 5 s ahead"):
        rotate(folder, ahead=SHORTEST_AHEAD - timedelta(milliseconds=1))

    assert (folder / "ring.json").read_text() == before


def test_disk_that_is_too_slow_for_the_switch_changes_nothing(folder):
    before = (folder / "ring.json").read_text()
    began = system_clock()
    moments = iter([began, began + timedelta(seconds=3.001)])

    with pytest.raises(WrittenTooLate):
        rotate(folder, clock=lambda: next(moments))

    assert (folder / "ring.json").read_text() == before


@pytest.mark.parametrize("replace", [rotate, replace_key_at_once])
def test_broken_ring_is_refused_with_every_problem_and_left_as_it_is(folder, replace):
    broken = {"keys": [{"kid": "a b", "secret": "short", "state": "active"}, {"kid": "x", "secret": 5, "state": "old"}]}
    (folder / "ring.json").write_text(json.dumps(broken))

    with pytest.raises(KeyRingInvalid) as raised:
        replace(folder)

    assert len(raised.value.problems) == 5
    assert json.loads((folder / "ring.json").read_text()) == broken


def test_rotations_at_the_same_time_lose_no_key(folder):
    together = threading.Barrier(8)
    kids = []

    def run():
        together.wait()
        kids.append(rotate(folder).kid)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kids) == 8
    assert set(read_ring(folder / "ring.json")) == {"first", *kids}


def failed_reloads():
    return REGISTRY.get_sample_value("colophon_key_ring_reload_failures_total")


class Processes:
    """Processes that read one ring, each having looked at it at a moment of its own, on one clock."""

    def __init__(self, folder, phases):
        # In the past, because a ring is held against the real clock when it is read.
        self.began = system_clock() - timedelta(minutes=1)
        self.second = 0.0
        self.rings = []
        for phase in phases:
            self.second = phase
            self.rings.append(KeyRing(folder, monotonic=lambda: self.second))

    @property
    def now(self):
        """The time that all of them are told."""
        return self.began + timedelta(seconds=self.second)

    def disagreements(self):
        """Return the kids that one process signs with at this moment and another does not accept."""
        found = set()
        for signing in self.rings:
            key = signing.signing_key(self.now)
            if any(ring.verification_secret(key.kid, self.now) != key.secret for ring in self.rings):
                found.add(key.kid)
        return found


def run_for(processes, until, events):
    """Let time go on in steps, with what happens at which second; return what each step disagreed about."""
    found, signed_with = set(), []
    pending = sorted(events.items())
    step = int(processes.second * 100)
    for hundredth in range(step, int(until * 100)):
        processes.second = hundredth / 100
        while pending and pending[0][0] <= processes.second:
            pending.pop(0)[1]()
        found |= processes.disagreements()
        kid = processes.rings[0].signing_key(processes.now).kid
        if kid not in signed_with:
            signed_with.append(kid)
    return found, signed_with


@pytest.mark.parametrize("phases", [(0.0, 0.5), (0.0, 0.99), (0.0, 0.01, 0.33, 0.66)])
def test_no_process_ever_signs_with_a_key_that_another_does_not_know(folder, phases):
    processes = Processes(folder, phases)
    before = failed_reloads()
    kids = []
    events = {
        second: lambda: kids.append(rotate(folder, clock=lambda: processes.now).kid) for second in (1.2, 3.4, 12.0)
    }
    events[20.0] = lambda: kids.append(replace_key_at_once(folder, clock=lambda: processes.now).kid)

    disagreed, signed_with = run_for(processes, 25, events)

    assert disagreed == set()
    assert signed_with == ["first", *kids]
    assert failed_reloads() == before


def test_key_that_signs_as_soon_as_it_is_written_is_looked_for_by_the_others(folder):
    processes = Processes(folder, (0.0, 0.5))

    def rotate_without_notice():
        ring = read_ring(folder / "ring.json").values()
        fresh = FreshKey("hasty", b"h" * 32)
        hasty = rotation.rotate(ring, fresh, now=processes.now, ahead=timedelta(), token_life=LIFE, last_expiry=None)
        replace_ring(folder, hasty.keys)

    disagreed, signed_with = run_for(processes, 4, {1.2: rotate_without_notice})

    assert disagreed == set()
    assert signed_with == ["first", "hasty"]


def test_leaked_key_is_accepted_by_nobody_after_two_seconds(folder):
    processes = Processes(folder, (0.0, 0.99))
    events = {1.2: lambda: replace_key_at_once(folder, clock=lambda: processes.now)}

    run_for(processes, 1.2 + EMERGENCY_AHEAD.total_seconds() + 0.02, events)

    assert [ring.verification_secret("first", processes.now) for ring in processes.rings] == [None, None]


def test_clock_gives_what_the_file_can_hold():
    now = system_clock()

    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_kid_that_is_taken_is_not_made_again(folder, monkeypatch):
    made = iter(["first", "second"])
    monkeypatch.setattr(operations.secrets, "token_hex", lambda _size: next(made))

    assert rotate(folder).kid == "second"
