"""Filters of lists: how values are listed, and how a table becomes parameters and conditions."""

from __future__ import annotations

import time

import pytest
from marshmallow import ValidationError
from sqlalchemy import column

from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryNumber
from servicekit.filters import (
    MAXIMUM_VALUES,
    FilterQuerySchema,
    Filters,
    TooManyFilters,
    between,
    equal,
    known,
    listed_values,
)


def number():
    return QueryNumber(minimum=0, maximum=9)


FILTERS = Filters(
    {"size": {**equal(column("size"), number), **between(column("size"), number), **known(column("size"))}}
)
QUERY = FILTERS.schema(FilterQuerySchema)()


def asked(**query):
    loaded = QUERY.load({name.replace("_", "."): value for name, value in query.items()})
    return [str(it.compile(compile_kwargs={"literal_binds": True})) for it in FILTERS.conditions(loaded)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a", ["a"]),
        (" a , b c,d", ["a", "b c", "d"]),
        ('"a, b",c', ["a, b", "c"]),
        ('"a ""b""" , c', ['a "b"', "c"]),
        ('"a" b,c', ['"a" b', "c"]),
        ('"a,b', ['"a', "b"]),
        ('6" nails', ['6" nails']),
        ('""', [""]),
        ("", [""]),
        ("a,", ["a", ""]),
        (",", ["", ""]),
    ],
)
def test_values_are_listed_with_commas_or_in_quotes(text, values):
    assert listed_values(text) == values


def test_more_values_than_the_cap_are_not_looked_at():
    assert len(listed_values(",".join(["1"] * MAXIMUM_VALUES))) == MAXIMUM_VALUES
    started = time.process_time()
    for text in (",".join(["1"] * (MAXIMUM_VALUES + 1)), "," * 1_000_000, '"a' * 1_000_000 + "," * 200):
        with pytest.raises(TooManyFilters):
            listed_values(text)
    assert time.process_time() - started < 5


def test_each_operator_is_a_condition():
    assert asked(size="1") == ["size = 1"]
    assert asked(size_in="1,2") == ["size IN (1, 2)"]
    assert asked(size_from="1", size_to="2") == ["size >= 1", "size <= 2"]
    assert asked(size_null="true") == ["size IS NULL"]
    assert asked(size_null="no") == ["size IS NOT NULL"]
    assert asked() == []


def test_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationFailed) as raised:
        asked(size_from="2", size_to="1")

    assert raised.value.details == {"size.from": ["Must not be above size.to."]}


def test_wrong_value_among_others_is_told_once():
    with pytest.raises(ValidationError) as raised:
        asked(size_in="1,x,y,2")

    assert raised.value.messages == {"size.in": ["Not a whole number."]}
