"""How many attempts may fail, and how long whoever fails more often has to wait."""

import math
import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth_service.attempts.errors import TooManyAttempts
from auth_service.attempts.operations import AttemptGuard
from auth_service.attempts.rules import DelayRule, DelayRules
from auth_service.attempts.subjects import CONFIRMATION, Subjects
from auth_service.extensions import db

ELSEWHERE = "198.51.100.7"
NEXT_DOOR = "203.0.113.9"


def model(rule, times):
    """Return for each time whether an attempt may be made, in the words of the documentation."""
    failures, counted_at, blocked_until, answers = 0.0, 0.0, 0.0, []
    for now in times:
        if now < blocked_until:
            answers.append(math.ceil(blocked_until - now))
            continue
        failures = max(0.0, failures - (now - counted_at) * rule.free / rule.forgotten_seconds) + 1
        counted_at = now
        beyond = max(0, math.ceil(failures - rule.free))
        delay = min(rule.longest_seconds, rule.first_seconds * 2**beyond)
        failures = min(failures, rule.most)
        if failures > rule.free - 1:
            blocked_until = now + delay
        answers.append(0)
    return answers


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    free=st.integers(1, 6),
    first=st.integers(1, 10),
    longest=st.integers(1, 300),
    forgotten=st.sampled_from([7, 61, 900, 5003]),
    pauses=st.lists(st.sampled_from([0, 0, 1, 3, 17, 50.5, 301, 1000]), max_size=25),
)
def test_database_counts_as_the_rule_says(tries, free, first, longest, forgotten, pauses):
    rule = DelayRule(free, first, longest, forgotten)
    guard = AttemptGuard(Subjects(secrets.token_bytes(32)), DelayRules({}, rule), known_for=timedelta(days=1))
    subjects = guard.subjects.of_user(CONFIRMATION, 1)
    times = [sum(pauses[: n + 1]) for n in range(len(pauses))]
    answers = []
    for seconds in times:
        try:
            guard.begin(db.session, subjects, now=tries.at(seconds))
            answers.append(0)
        except TooManyAttempts as error:
            answers.append(int(error.headers["Retry-After"]))

    assert answers == model(rule, times)


def test_delays_at_one_address_double_until_failures_are_forgotten_as_quickly(tries):
    now, delays = 0.0, []
    for _ in range(20):
        delays.append(tries.delay(now))
        now += delays[-1]

    assert delays[:11] == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128]
    assert set(delays[11:]) == {128, 256}


def test_delay_is_never_longer_than_the_longest(tries):
    rule = DelayRule(free=2, first_seconds=2, longest_seconds=50, forgotten_seconds=10**6)
    tries.guard = AttemptGuard(tries.guard.subjects, DelayRules({}, rule), known_for=timedelta(days=1))
    now, delays = 0.0, []
    for _ in range(10):
        delays.append(tries.delay(now))
        now += delays[-1]

    assert delays == [0, 2, 4, 8, 16, 32, 50, 50, 50, 50]


def test_refused_attempts_neither_count_nor_make_the_wait_longer(tries, counters):
    tries.until_blocked()
    before = counters()

    assert [tries.fail(seconds) for seconds in (0, 0.5, 1, 1.5)] == [2, 2, 1, 1]
    assert counters() == before
    assert tries.fail(2) == 0


def test_failures_are_forgotten_one_after_the_other(tries):
    assert tries.until_blocked() == 5

    assert tries.until_blocked(181) == 1
    assert tries.until_blocked(181 + 3 * 180) == 3


def test_everything_is_forgotten_after_a_quiet_time(tries):
    tries.until_blocked()

    assert tries.until_blocked(901) == 5


def test_clock_of_another_process_that_is_behind_forgets_nothing(tries):
    assert tries.until_blocked(10) == 5

    assert tries.fail(5) > 0
    assert tries.fail(11) == 1


def test_success_forgets_what_failed_at_the_same_address(tries):
    for _ in range(4):
        tries.fail()

    assert tries.succeed()

    assert tries.until_blocked() == 5


def test_success_takes_nothing_back_but_itself_for_other_addresses_and_accounts(tries):
    for n in range(4):
        tries.fail(address=f"198.51.100.{n}")
    for n in range(27):
        tries.fail(name=f"somebody{n}")

    assert tries.succeed()

    assert tries.fail() == 0
    assert tries.fail() == 2
    assert tries.fail(name="another") == 0
    assert tries.fail(name="yet another") == 2


def test_success_does_not_lift_a_block_that_others_caused(tries):
    first = tries.begin(name="ada")
    for n in range(29):
        tries.fail(name=f"somebody{n}")
    assert tries.fail(name="another") == 2

    tries.guard.succeeded(db.session, first, now=tries.at(0))
    db.session.commit()

    assert tries.fail(name="another") == 0
    assert tries.fail(name="yet another") == 2


def test_attempts_under_way_count_until_they_succeed(tries):
    under_way = [tries.begin() for _ in range(5)]
    assert tries.fail() == 2

    for attempt in under_way:
        tries.guard.succeeded(db.session, attempt, now=tries.at(0))
        db.session.commit()

    assert tries.until_blocked() == 5


@pytest.mark.parametrize("position", range(5))
def test_one_success_among_attempts_under_way_makes_room_for_the_account(tries, position):
    under_way = [tries.begin() for _ in range(5)]

    tries.guard.succeeded(db.session, under_way[position], now=tries.at(0))
    db.session.commit()

    assert tries.fail() == 0


def test_address_has_a_larger_share_and_a_shorter_delay(tries):
    assert tries.until_blocked(name="somebody") == 5
    assert sum(tries.fail(name=f"person{n}") == 0 for n in range(40)) == 25

    now, delays = 2.0, []
    for n in range(10):
        delays.append(tries.delay(now, name=f"other{n}"))
        now += delays[-1]
    # It is forgotten every half minute that one of them failed.
    assert delays[:3] == [4, 8, 16]
    assert set(delays[3:]) == {16, 32}
    assert tries.fail(name="somebody else", address=ELSEWHERE) == 0


def test_addresses_of_one_ipv6_subscriber_are_counted_together(tries):
    assert [tries.fail(address=f"2001:db8::{n + 1}") for n in range(6)] == [0] * 5 + [2]
    assert tries.fail(name="grace", address="2001:db8:0:1::1") == 0


def test_whole_account_waits_a_minute_at_most_and_the_attacked_address_longer(tries):
    now = 0.0
    for n in range(12):
        wait = tries.fail(now, address=f"198.51.100.{n}")
        assert wait <= 60
        now += wait
    assert tries.fail(now, address=ELSEWHERE) == 0

    wait = tries.fail(now, address=NEXT_DOOR)

    assert 30 <= wait <= 60


def test_owner_signs_in_from_a_known_address_while_others_block_the_account(tries):
    assert tries.succeed()
    for n in range(5):
        tries.fail(100, address=f"198.51.100.{n}")

    assert tries.fail(100) == 2
    assert tries.succeed(100)
    assert not tries.succeed(100, address=NEXT_DOOR)


def test_known_address_is_held_back_by_its_own_failures(tries):
    assert tries.succeed()
    assert tries.until_blocked(10) == 5

    with pytest.raises(TooManyAttempts):
        tries.succeed(10)


def test_answers_do_not_tell_at_which_address_an_account_is_known(tries):
    assert tries.succeed()
    for n in range(5):
        tries.fail(100, address=f"198.51.100.{n}")

    for address in ("192.0.2.1", NEXT_DOOR):
        # Each is made and then told to wait for the account; the sixth is not even made.
        assert [tries.fail(100, address=address) for _ in range(6)] == [2] * 6
        with pytest.raises(TooManyAttempts):
            tries.begin(100, address=address)


def test_address_is_known_as_long_as_a_session_and_a_month(tries):
    day = 86_400
    assert tries.succeed()
    for n in range(5):
        tries.fail(119 * day, address=f"198.51.100.{n}")
    assert tries.succeed(119 * day)

    for n in range(5):
        tries.fail(240 * day, address=f"198.51.100.{n}")
    assert not tries.succeed(240 * day)


def test_attempts_without_an_address_count_for_the_account(tries):
    assert [tries.fail(address=None) for _ in range(6)] == [0] * 5 + [2]
    assert not tries.succeed(address=None)


def test_confirmations_are_counted_by_user_and_wait_as_long_as_one_address(tries):
    subjects = tries.guard.subjects.of_user(CONFIRMATION, 1)
    for _ in range(5):
        tries.guard.begin(db.session, subjects, now=tries.at(0))
    with pytest.raises(TooManyAttempts):
        tries.guard.begin(db.session, subjects, now=tries.at(0))

    tries.guard.begin(db.session, tries.guard.subjects.of_user(CONFIRMATION, 2), now=tries.at(0))
    last = tries.guard.begin(db.session, subjects, now=tries.at(2))
    tries.guard.succeeded(db.session, last, now=tries.at(2))
    db.session.commit()

    for _ in range(5):
        tries.guard.begin(db.session, subjects, now=tries.at(2))


def test_limits_are_multiplied_for_load_tests(make_guard):
    rules = make_guard(COLOPHON_RATE_LIMIT_SCALE="1000").rules

    assert [rules.of(kind).free for kind in ("account", "account_at_address", "address")] == [5000, 5000, 30_000]
    assert rules.of("account_at_address").longest_seconds == 900
