"""Search texts as literal patterns."""

from __future__ import annotations

import pytest
from sqlalchemy import column
from sqlalchemy.dialects import postgresql

from books_service.search_words import contains, search_words
from servicekit.envelope import ValidationFailed


def condition(text):
    return str(
        contains(column("key"), text).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    )


def test_signs_of_patterns_are_taken_literally():
    assert condition("100%_'") == "key LIKE '%%100\\%%\\_''%%'"
    assert condition("\\") == "key LIKE '%%\\\\%%'"


@pytest.mark.parametrize("text", ["\u0301", "\u0301\u0301 \u0308", "\u00b4", "\u00a8"])
def test_text_that_folds_to_nothing_is_found_nowhere(text):
    assert condition(text) == "false"
    assert search_words(text) == [""]
    assert search_words(f"it {text}") == ["it"]


def test_search_splits_at_any_white_space():
    assert search_words(" It\u00a0 was\t") == ["it", "was"]
    assert search_words("   ") == []


def test_search_for_too_many_words_is_refused():
    assert len(search_words("w " * 10)) == 10
    with pytest.raises(ValidationFailed):
        search_words("w " * 11)
