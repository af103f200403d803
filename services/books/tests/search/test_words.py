"""How texts are cut into words."""

from __future__ import annotations

import pytest

from books_service.search.words import MAXIMUM_WORD_CHARACTERS, terms


def cut(text):
    return [[word.text for word in term.words] for term in terms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It", [["it"]]),
        ("  Les\tMis\u00e9rables ", [["les"], ["miserables"]]),
        ("Ender\u2019s Game", [["enders"], ["game"]]),
        ("Catch-22", [["catch", "22"]]),
        ("J.R.R. Tolkien", [["j", "r", "r"], ["tolkien"]]),
        ("J. K. Rowling", [["j", "k"], ["rowling"]]),
        ("100% (really), \u00bfno?", [["100"], ["really"], ["no"]]),
        ("Vitamin A. B is next", [["vitamin"], ["a", "b"], ["is"], ["next"]]),
        ("C++ and C#, issue #1", [["c++"], ["and"], ["c#"], ["issue"], ["1"]]),
        ("snake_case", [["snake", "case"]]),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u05e9\u05d9\u05e8",
            [["\u0939\u093f\u0928\u094d\u0926\u0940"], ["\u05e9\u05d9\u05e8"]],
        ),
        ("\u65e5\u672c x", [["\u65e5", "\u672c"], ["x"]]),
        ("?", [["?"]]),
        ("!!! ...", [["!!!"], ["..."]]),
        ("", []),
        ("\u0301", []),
    ],
)
def test_text_is_cut_into_words_that_stand_together(text, expected):
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Catch-22", "catch22"),
        ("J.R.R.", "jrr"),
        ("1,000", "1000"),
        ("\u65e5\u672c", None),
        ("a-b-c-d-e-f-g", None),
        ("It", None),
    ],
)
def test_words_that_stand_together_are_also_one_word(text, joined):
    (term,) = terms(text)

    assert term.joined == joined


def test_apostrophes_leave_the_parts_as_words():
    assert terms("L'\u00c9tranger")[0].words[0].pieces == ("l", "etranger")


def test_endless_words_are_cut():
    assert cut("x" * 200) == [["x" * MAXIMUM_WORD_CHARACTERS]]
