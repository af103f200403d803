"""Search texts as literal patterns."""

from __future__ import annotations

import pytest

from books_service.books.search_words import search_words, substring_pattern
from servicekit.envelope import ValidationFailed


def test_signs_of_patterns_are_taken_literally():
    assert substring_pattern("100%_\\") == r"%100\%\_\\%"


def test_search_splits_at_any_white_space():
    assert search_words(" It\u00a0 was\t") == ["it", "was"]
    assert search_words("   ") == []


def test_search_for_too_many_words_is_refused():
    assert len(search_words("w " * 10)) == 10
    with pytest.raises(ValidationFailed):
        search_words("w " * 11)
