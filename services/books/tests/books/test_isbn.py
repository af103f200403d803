"""ISBNs in every written form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.books import isbn
from books_service.books.isbn import IsbnMalformed, IsbnWrong, isbn_10, normalise


@pytest.mark.parametrize(
    "written",
    [
        "9780306406157",
        "978-0-306-40615-7",
        "978 0 306 40615 7",
        "978\u20100\u2013306\u201440615\u22127",
        "ISBN 978-0-306-40615-7",
        "isbn-13: 9780306406157",
        "ISBN13: 9780306406157",
        "ISBN-10: 0-306-40615-2",
        "ISBN 10: 0306406152",
        "ISBN:0306406152",
        "0306406152",
        " 0-306-40615-2 ",
        "\uff19\uff17\uff18\uff10\uff13\uff10\uff16\uff14\uff10\uff16\uff11\uff15\uff17",
        "978\u00a00306406157",
    ],
)
def test_every_written_form_is_one_isbn(written):
    assert normalise(written) == "9780306406157"


def test_check_letter_may_be_small():
    assert normalise("0-8044-2957-x") == normalise("080442957X") == "9780804429573"


def test_isbn_that_begins_with_10_survives_its_label():
    assert normalise("ISBN 101234567X") == normalise("101234567X")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        "ISBN",
        "123",
        "030640615",
        "03064061522",
        "X306406152",
        "030640615Y",
        "97803064061",
        "978030640615X",
        "\x00",
    ],
)
def test_what_is_not_ten_or_thirteen_digits_is_malformed(written):
    with pytest.raises(IsbnMalformed):
        normalise(written)


@pytest.mark.parametrize("written", ["0306406153", "9780306406158", "9770306406157", "9500306406153", "0804429571"])
def test_wrong_check_digit_or_prefix_is_wrong(written):
    with pytest.raises(IsbnWrong):
        normalise(written)


def test_prefix_979_has_no_ten_digits():
    assert normalise("979-10-90636-07-1") == "9791090636071"
    assert isbn_10("9791090636071") is None


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_ten_digits_survive_the_way_to_thirteen_and_back(number):
    thirteen = f"978{number:09d}"
    thirteen += next(digit for digit in "0123456789" if isbn.ean.is_valid(thirteen + digit))

    assert normalise(isbn_10(thirteen)) == thirteen
