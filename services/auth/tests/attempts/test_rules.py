"""The rule by which delays grow, without a database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.attempts.rules import DelayRule, DelayRules

RULES = st.builds(
    DelayRule,
    free=st.integers(1, 10**10),
    first_seconds=st.integers(1, 3600),
    longest_seconds=st.integers(1, 86_400),
    forgotten_seconds=st.integers(1, 604_800),
)


@given(RULES)
def test_failures_that_are_counted_are_those_that_make_the_delay_longer(rule):
    doublings = rule.most - rule.free

    assert rule.first_seconds * 2**doublings >= min(rule.longest_seconds, rule.first_seconds)
    assert doublings == 0 or rule.first_seconds * 2 ** (doublings - 1) < rule.longest_seconds


@given(RULES)
def test_everything_is_forgotten_and_every_delay_over_after_the_memory(rule):
    memory = rule.memory.total_seconds()

    assert memory * 1.000001 + 0.000001 >= rule.most * rule.seconds_each
    assert memory >= rule.longest_seconds
    assert rule.seconds_each * rule.free == pytest.approx(rule.forgotten_seconds)


def test_memory_of_several_rules_is_the_longest():
    short, long = DelayRule(5, 2, 60, 900), DelayRule(5, 2, 900, 900)

    assert DelayRules({"account": short}, other=long).memory == long.memory > short.memory
    assert DelayRules({"account": long}, other=short).memory == long.memory
    assert long.memory == timedelta(seconds=14 * 180)


def test_kind_without_a_rule_of_its_own_has_the_other():
    rule, other = DelayRule(5, 2, 60, 900), DelayRule(5, 2, 900, 900)
    rules = DelayRules({"account": rule}, other=other)

    assert (rules.of("account"), rules.of("confirmation")) == (rule, other)
