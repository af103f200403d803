"""Request fields."""

from __future__ import annotations

import time
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from servicekit.fields import BoundedList, QueryFlag, QueryNumber, QueryTime, Text, WholeNumber


def refusal(field, value):
    with pytest.raises(ValidationError) as raised:
        field.deserialize(value)
    return raised.value.messages


def test_text_is_trimmed_and_normalised():
    assert Text(maximum=10).deserialize("\u00a0 e\u0301te\u0301\u3000 ") == "\u00e9t\u00e9"


def test_text_as_it_is_keeps_its_spaces_and_its_form():
    """A password is what was typed."""
    assert Text(maximum=10, trim=False).deserialize(" e\u0301 ") == " e\u0301 "


@pytest.mark.parametrize("length", [2, 5])
def test_text_is_counted_in_characters_after_trimming(length):
    assert Text(minimum=2, maximum=5).deserialize(" " + "\u00e9" * length + " ") == "\u00e9" * length


@pytest.mark.parametrize("length", [0, 1, 6, 600])
def test_text_of_another_length_is_refused(length):
    assert refusal(Text(minimum=2, maximum=5), " " + "\u00e9" * length) == ["Must be 2 to 5 characters long."]


def test_text_that_is_only_long_before_normalising_is_taken():
    assert Text(maximum=5).deserialize("\u03b1\u0313\u0300\u0345" * 5) == "\u1f82" * 5


def test_text_that_would_take_long_to_normalise_is_refused_unread():
    """Sorting a run of combining characters takes minutes at the size that a body may have."""
    started = time.process_time()

    assert refusal(Text(maximum=2000), "a" + "\u0301\u0323" * 200_000) == ["Must be 0 to 2000 characters long."]
    assert time.process_time() - started < 1


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u009f", "\ud800", "\n", "\r", "\t"])
def test_text_of_one_line_has_no_control_characters(character):
    assert refusal(Text(maximum=10), f"a{character}b") == ["Control characters are not allowed."]


def test_text_of_several_lines_has_breaks_and_tabs():
    assert Text(maximum=10, multiline=True).deserialize("\ta\r\nb\n") == "a\r\nb"
    assert refusal(Text(maximum=10, multiline=True), "a\x00") == ["Control characters are not allowed."]
    assert refusal(Text(maximum=10, multiline=True), "a\x0b") == ["Control characters are not allowed."]


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}])
def test_text_is_nothing_but_text(value):
    assert refusal(Text(maximum=5), value) == ["Not a valid string."]


@given(st.text(max_size=30))
def test_text_that_is_taken_is_clean_whatever_came(value):
    field = Text(minimum=1, maximum=10, multiline=True)
    try:
        text = field.deserialize(value)
    except ValidationError:
        return
    assert 1 <= len(text) <= 10
    assert text == text.strip() == unicodedata.normalize("NFC", text)
    assert all(unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\r\t" for c in text)
    assert field.deserialize(text) == text


def test_fields_tell_their_bounds_to_the_document():
    assert Text(minimum=1, maximum=5, metadata={"description": "d"}).metadata == {
        "description": "d",
        "minLength": 1,
        "maxLength": 5,
    }
    assert WholeNumber(minimum=1, maximum=5).metadata == {"minimum": 1, "maximum": 5}
    assert QueryNumber(minimum=1, maximum=5).metadata == {"minimum": 1, "maximum": 5}


def test_clamped_number_has_no_maximum_in_the_document():
    assert QueryNumber(minimum=1, maximum=5, clamp=True).metadata == {"minimum": 1}


@given(st.integers(min_value=-(10**20), max_value=10**20))
def test_whole_number_is_taken_within_its_bounds_only(number):
    field = WholeNumber(minimum=-4000, maximum=2030)
    if -4000 <= number <= 2030:
        assert field.deserialize(number) == number
    else:
        assert refusal(field, number) == ["Must be from -4000 to 2030."]


@pytest.mark.parametrize("value", [True, False, "5", 5.0, 1e30, [5], {}])
def test_whole_number_is_nothing_but_an_integer(value):
    assert refusal(WholeNumber(minimum=0, maximum=10), value) == ["Not a whole number."]


@given(st.integers(min_value=-(10**40), max_value=10**40))
def test_query_number_is_taken_within_its_bounds_only(number):
    field = QueryNumber(minimum=-4000, maximum=2030)
    if -4000 <= number <= 2030:
        assert field.deserialize(str(number)) == number
    else:
        assert refusal(field, str(number)) == ["Must be from -4000 to 2030."]


@given(st.integers(min_value=1, max_value=10**40))
def test_clamped_query_number_is_at_most_its_maximum(number):
    assert QueryNumber(minimum=1, maximum=100, clamp=True).deserialize(str(number)) == min(number, 100)


@pytest.mark.parametrize(
    "value", ["", "-", "+5", " 5", "5 ", "5\n", "5.0", "1e3", "0x5", "\u0665", "\u00b2", "5_0", "--5", 5, None]
)
def test_query_number_is_nothing_but_ascii_digits(value):
    assert refusal(QueryNumber(minimum=0, maximum=10), value)[0] in ("Not a whole number.", "Field may not be null.")


@pytest.mark.parametrize(("value", "number"), [("007", 7), ("0" * 8000, 0), ("0" * 8000 + "5", 5), ("-0", 0)])
def test_query_number_may_have_leading_zeros(value, number):
    assert QueryNumber(minimum=0, maximum=10).deserialize(value) == number


@pytest.mark.parametrize("value", ["9" * 8000, "-" + "9" * 8000, "0" * 8000 + "x"])
def test_query_number_of_thousands_of_digits_is_refused_quickly(value):
    started = time.process_time()
    refusal(QueryNumber(minimum=0, maximum=10), value)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("value", "flag"), [("true", True), ("1", True), ("YES", True), ("False", False), ("0", False), ("no", False)]
)
def test_query_flag_takes_three_ways_to_say_it(value, flag):
    assert QueryFlag().deserialize(value) is flag


@pytest.mark.parametrize("value", ["", "on", "t", "2", " true", True, 1, [], None])
def test_query_flag_takes_no_other(value):
    refusal(QueryFlag(), value)


@pytest.mark.parametrize(
    ("value", "begin", "end"),
    [
        ("2026-11-20", "2026-11-20T00:00:00+00:00", "2026-11-20T23:59:59.999999+00:00"),
        ("2026-11-20T10:30Z", "2026-11-20T10:30:00+00:00", None),
        ("2026-11-20T10:30:15Z", "2026-11-20T10:30:15+00:00", None),
        ("2026-11-20T10:30:15.123456-03:30", "2026-11-20T10:30:15.123456-03:30", None),
    ],
)
def test_query_time_is_a_moment_or_the_begin_or_end_of_a_day(value, begin, end):
    assert QueryTime().deserialize(value) == datetime.fromisoformat(begin)
    assert QueryTime(end_of_day=True).deserialize(value) == datetime.fromisoformat(end or begin)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026",
        "2026-11",
        "20261120",
        "2026-W47-5",
        "2026-02-30",
        "0000-01-01",
        "2026-11-20T10:30:15",
        "2026-11-20 10:30:15Z",
        "2026-11-20T10:30:15 01:00",
        "2026-11-20T25:00:00Z",
        "2026-11-20T10:30:15+99:00",
        "2026-11-20T10:30:15.1234567Z",
        " 2026-11-20",
        "2026-11-20\n",
        "\u0662\u0660\u0662\u0666-11-20",
        1,
        True,
        [],
        None,
    ],
)
def test_query_time_without_a_moment_is_refused(value):
    refusal(QueryTime(), value)


def test_list_of_too_many_items_is_refused_without_a_look_at_them():
    looked_at = []
    item = Text(maximum=5, validate=looked_at.append)

    with pytest.raises(ValidationError, match="at most 2 items"):
        BoundedList(item, maximum=2).deserialize(["a", "b", "c"])

    assert looked_at == []
    assert BoundedList(Text(maximum=5), maximum=2).deserialize(["a", "b"]) == ["a", "b"]


def test_query_time_is_told_in_utc_whatever_its_offset():
    assert QueryTime().deserialize("2024-01-01T00:00:00+20:00") == datetime(2023, 12, 31, 4, tzinfo=UTC)
    assert QueryTime().deserialize("2024-01-01T00:00:00+20:00").tzinfo is UTC
    refusal(QueryTime(), "0001-01-01T00:00:00+20:00")
