"""Names that may be one person's."""

from __future__ import annotations

import pytest

from books_service.duplicates.names import compare_names


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("j k rowling", "jk rowling", "same_letters"),
        ("haruki murakami", "murakami haruki", "other_word_order"),
        ("gabriel garcia marquez", "garcia marquez gabriel", "other_word_order"),
        ("rowling jk", "j k rowling", "other_word_order"),
        ("iain banks", "iain m banks", "given_names_fit"),
        ("george r r martin", "george raymond richard martin", "given_names_fit"),
        ("j r r tolkien", "john ronald reuel tolkien", "initials_fit"),
        ("jrr tolkien", "john ronald reuel tolkien", "initials_fit"),
        ("j smith", "john smith", "initials_fit"),
        ("gustaf tenggren", "gustav tenggren", "similar_spelling"),
        ("fyodor dostoevsky", "fyodor dostoyevsky", "similar_spelling"),
    ],
)
def test_names_that_may_be_one_are_alike_for_a_reason(one, other, reason):
    assert compare_names(one, other)[0] == compare_names(other, one)[0] == reason
    assert compare_names(one, other)[1] == compare_names(other, one)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mary higgins clark", "mary jane clark"),
        ("john smith", "jane smith"),
        ("ann lee", "amy lee"),
        ("voltaire", "francois voltaire"),
        ("plato", "pluto"),
    ],
)
def test_names_that_differ_in_more_are_not_alike(one, other):
    assert compare_names(one, other) is None


def test_more_initials_and_longer_words_are_worth_more():
    def worth(*names):
        return compare_names(*names)[1]

    assert worth("j smith", "john smith") < worth("j k smith", "john k smith") < worth("iain banks", "iain m banks")
    assert worth("eric smith", "erik smith") < worth("johnathan smith", "jonathan smith")
