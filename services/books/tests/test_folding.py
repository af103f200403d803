"""Folding: which texts are the same to a search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.folding import MAXIMUM_SORT_KEY_CHARACTERS, collapse, fold, sort_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Les Mis\u00e9rables", "LES  MISERABLES"),
        ("\u0141\u00f3d\u017a", "lodz"),
        ("\u0152uvres", "oeuvres"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u039f\u0394\u038e\u03a3\u03a3\u0395\u0399\u0391", "\u03bf\u03b4\u03cd\u03c3\u03c3\u03b5\u03b9\u03b1"),
        (
            "\u0412\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440",
            "\u0412\u041e\u0419\u041d\u0410 \u0418 \u041c\u0418\u0420",
        ),
        ("O\u2019Brien", "o'brien"),
        ("\uff46\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48", "full width"),
        ("\u0130stanbul", "istanbul"),
        ("\u210cilbert", "hilbert"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufb01n", "fin"),
    ],
)
def test_texts_that_differ_in_writing_only_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    "text",
    [
        "\u0936\u0915\u0941\u0928\u094d\u0924\u0932\u093e",
        "\u05e9\u05d9\u05e8 \u05d4\u05e9\u05d9\u05e8\u05d9\u05dd",
        "\u0627\u0644\u0643\u062a\u0627\u0628",
        "\u6e90\u6c0f\u7269\u8a9e",
        "\u304c\u304e\u3050",
        "\ud55c\uad6d\uc5b4",
        "100% _\\",
        "&",
        "C++",
    ],
)
def test_what_has_no_case_or_accent_stays(text):
    assert fold(text) == text.lower()


def test_voiced_kana_are_other_letters():
    assert fold("\u304c") != fold("\u304b")


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_part_of_a_text_is_found_in_it(before, after):
    assert fold("needle") in fold(f"{before} needle {after}")


def test_sort_key_of_what_expands_fits_an_index_entry():
    # One character that folds to eighteen.
    assert len(fold("\ufdfa" * 200)) > 3_000
    assert len(sort_key("\ufdfa" * 200)) == MAXIMUM_SORT_KEY_CHARACTERS
    assert len(sort_key("\U0001f4d6" * 500).encode()) < 2_700


def test_collapse_joins_words_by_one_space():
    assert collapse(" Mary\u00a0 \tShelley\n") == "Mary Shelley"
