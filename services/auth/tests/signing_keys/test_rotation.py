"""The rules of replacing the signing key."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.signing_keys.rotation import (
    LIFE_OF_OTHER_TOKENS,
    MARGIN,
    FreshKey,
    replace_at_once,
    rotate,
    state_at,
)
from servicekit.access_tokens import LEEWAY_SECONDS
from servicekit.key_ring import SigningKey

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
AHEAD = timedelta(seconds=5)
SWITCH = NOW + AHEAD
LIFE = timedelta(minutes=15)
SLACK = timedelta(seconds=LEEWAY_SECONDS) + MARGIN
FRESH = FreshKey("fresh", b"f" * 32)


def key(kid, state="active", active_from=LONG_AGO, retire_at=None):
    return SigningKey(kid, kid.encode() * 32, state, active_from, retire_at)


def rotated(*ring, now=NOW, ahead=AHEAD, token_life=LIFE, last_expiry=None, fresh=FRESH):
    return rotate(ring, fresh, now=now, ahead=ahead, token_life=token_life, last_expiry=last_expiry)


def by_kid(rotation):
    return {key.kid: key for key in rotation.keys}


def signer(ring, moment):
    """The key that a service signs with."""
    return max((key for key in ring if key.signs_at(moment)), key=lambda key: key.active_from)


def test_new_key_signs_from_the_switch_on_and_the_old_one_until_then():
    rotation = rotated(key("old"))

    assert (rotation.kid, rotation.switch_at) == ("fresh", SWITCH)
    assert by_kid(rotation)["fresh"] == SigningKey("fresh", b"f" * 32, "active", SWITCH, None)
    assert signer(rotation.keys, SWITCH - timedelta(milliseconds=1)).kid == "old"
    assert signer(rotation.keys, SWITCH).kid == "fresh"


def test_old_key_is_accepted_as_long_as_its_last_token_may_live():
    assert by_kid(rotated(key("old")))["old"].retire_at == SWITCH + LIFE + SLACK


def test_old_key_is_accepted_until_the_last_token_that_was_issued_under_a_longer_life_has_ended():
    last = NOW + timedelta(hours=5)

    assert by_kid(rotated(key("old"), last_expiry=last))["old"].retire_at == last + SLACK
    assert by_kid(rotated(key("old"), last_expiry=NOW))["old"].retire_at == SWITCH + LIFE + SLACK


def test_old_key_outlives_the_tokens_whose_life_no_setting_says():
    short = rotated(key("old"), token_life=timedelta(seconds=30))

    assert by_kid(short)["old"].retire_at == SWITCH + LIFE_OF_OTHER_TOKENS + SLACK


def test_waiting_key_is_promoted_in_place_of_a_new_one():
    rotation = rotated(key("old"), key("waiting", "next"), key("later", "next"))

    assert rotation.kid == "waiting"
    assert [(k.kid, k.state) for k in rotation.keys] == [("old", "active"), ("later", "next"), ("waiting", "active")]
    assert by_kid(rotation)["waiting"] == key("waiting", active_from=SWITCH)


def test_key_that_was_to_sign_later_is_brought_forward():
    announced = key("announced", active_from=NOW + timedelta(hours=1))
    later = key("later", active_from=NOW + timedelta(hours=2), retire_at=NOW + timedelta(hours=4))

    rotation = rotated(key("old"), key("waiting", "next"), later, announced)

    assert rotation.kid == "announced"
    assert by_kid(rotation)["announced"].active_from == SWITCH
    assert by_kid(rotation)["later"].state == "next", "it would take over by itself"
    assert by_kid(rotation)["later"].retire_at is None


def test_second_rotation_while_the_first_is_under_way_keeps_every_key_of_a_live_token():
    first = rotated(key("old"), fresh=FreshKey("second", b"2" * 32))
    again = NOW + timedelta(seconds=60)

    rotation = rotated(*first.keys, now=again, fresh=FreshKey("third", b"3" * 32))

    keys = by_kid(rotation)
    assert [(k.kid, k.state) for k in rotation.keys] == [("old", "retired"), ("second", "active"), ("third", "active")]
    assert keys["old"].retire_at == SWITCH + LIFE + SLACK
    assert keys["second"].retire_at == again + AHEAD + LIFE + SLACK


def test_second_rotation_before_the_switch_of_the_first_leaves_each_key_its_turn():
    first = rotated(key("old"), fresh=FreshKey("second", b"2" * 32))

    rotation = rotated(*first.keys, now=NOW + timedelta(seconds=2), fresh=FreshKey("third", b"3" * 32))

    turns = [signer(rotation.keys, NOW + timedelta(seconds=second)).kid for second in (2, 4, 5, 6, 7)]
    assert turns == ["old", "old", "second", "second", "third"]
    assert by_kid(rotation)["second"].retire_at == rotation.switch_at + LIFE + SLACK


def test_keys_past_their_retirement_are_left_out():
    over = key("over", "retired", retire_at=NOW)
    not_yet = key("not-yet", "retired", retire_at=NOW + timedelta(seconds=1))

    assert set(by_kid(rotated(over, not_yet, key("old")))) == {"not-yet", "old", "fresh"}


def test_retirement_that_somebody_set_too_early_for_the_signing_key_is_put_off():
    rotation = rotated(key("old", retire_at=NOW + timedelta(seconds=1)))

    assert by_kid(rotation)["old"].retire_at == SWITCH + LIFE + SLACK
    assert signer(rotation.keys, NOW + timedelta(seconds=2)).kid == "old"


def test_emergency_leaves_one_key_that_is_accepted():
    ring = (
        key("older", "retired", retire_at=NOW + timedelta(seconds=600)),
        key("ending", "retired", retire_at=NOW + timedelta(seconds=1)),
        key("over", "retired", retire_at=NOW),
        key("old"),
    )

    rotation = replace_at_once(ring, FRESH, now=NOW, ahead=timedelta(seconds=2))

    switch = NOW + timedelta(seconds=2)
    assert [key.kid for key in rotation.keys] == ["older", "ending", "old", "fresh"]
    assert [key.kid for key in rotation.keys if not key.is_retired_at(switch)] == ["fresh"]
    assert by_kid(rotation)["ending"].retire_at == NOW + timedelta(seconds=1)
    assert signer(rotation.keys, switch - timedelta(milliseconds=1)).kid == "old"
    assert signer(rotation.keys, switch).kid == "fresh"


def test_emergency_takes_no_waiting_key_since_it_may_have_leaked_too():
    announced = key("announced", active_from=NOW + timedelta(seconds=3))

    rotation = replace_at_once(
        (key("old"), key("waiting", "next"), announced), FRESH, now=NOW, ahead=timedelta(seconds=2)
    )

    assert [key.kid for key in rotation.keys] == ["old", "fresh"]


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(seconds=2)])
def test_file_is_true_at_every_moment_without_being_written_again(ahead):
    keys = rotated(key("old"), ahead=ahead).keys
    old, new = keys
    end = old.retire_at
    moments = [NOW, NOW + ahead - timedelta(milliseconds=1), NOW + ahead, end, end + timedelta(days=900)]

    states = [(state_at(old, keys, moment), state_at(new, keys, moment)) for moment in moments]

    assert states == [
        ("active", "next"),
        ("active", "next"),
        ("retired", "active"),
        ("retired", "active"),
        ("retired", "active"),
    ]


def test_secrets_are_never_shown():
    assert "f" * 32 not in repr(rotated(key("old"), fresh=FRESH)) + repr(FRESH)


@pytest.mark.parametrize("seed", range(40))
def test_no_token_is_refused_before_its_end_however_rotations_and_lives_follow_each_other(seed):
    chance = random.Random(seed)
    ring, life, switch_at = [key("first")], timedelta(minutes=15), NOW
    last_expiry: dict[str, datetime] = {}
    for second in range(0, 6000, 5):
        now = NOW + timedelta(seconds=second)
        if now >= switch_at and chance.random() < 0.02:
            life = timedelta(seconds=chance.choice([30, 60, 900, 3600]))
        if chance.random() < 0.02:
            rotation = rotated(
                *ring,
                now=now,
                ahead=timedelta(seconds=chance.choice([5, 5, 5, 60, 600])),
                token_life=life,
                last_expiry=max(last_expiry.values(), default=None),
                fresh=FreshKey(f"key-{second}", b"s" * 32),
            )
            ring, switch_at = list(rotation.keys), max(switch_at, rotation.switch_at)
        kept = {key.kid: key for key in ring}
        for kid, expires_at in last_expiry.items():
            if now < expires_at + timedelta(seconds=LEEWAY_SECONDS):
                assert not kept[kid].is_retired_at(now)
        signing = signer(ring, now).kid
        last_expiry[signing] = max(now + life, last_expiry.get(signing, NOW))
