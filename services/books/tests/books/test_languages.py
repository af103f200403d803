"""Language tags in one spelling."""

from __future__ import annotations

import pytest

from books_service.books.languages import LanguageUnknown, normalise_language


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("eng", "en"),
        ("en-US", "en-US"),
        ("EN_us", "en-US"),
        ("fre", "fr"),
        ("ger", "de"),
        ("per", "fa"),
        ("rum", "ro"),
        ("mul", "mul"),
        ("nl", "nl"),
        ("grc", "grc"),
        ("sux", "sux"),
        ("zh-Hant-TW", "zh-Hant-TW"),
    ],
)
def test_known_tags_get_their_standard_spelling(written, tag):
    assert normalise_language(written) == tag
    assert normalise_language(tag) == tag


@pytest.mark.parametrize(
    "written", ["", "e", "english", "xx", "en-", "en--US", "en US", "\u65e5\u672c\u8a9e", "en-" + "x" * 40, "\x00"]
)
def test_what_is_not_registered_is_unknown(written):
    with pytest.raises(LanguageUnknown):
        normalise_language(written)
