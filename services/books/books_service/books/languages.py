"""Language tags (BCP 47, RFC 5646) in one spelling."""

from __future__ import annotations

from functools import lru_cache

from langcodes import standardize_tag, tag_is_valid

MAXIMUM_TAG_CHARACTERS = 35


class LanguageUnknown(ValueError):
    """The text is not a registered language tag."""


@lru_cache(maxsize=1024)
def normalise_language(tag: str) -> str:
    """Return the standard spelling of ``tag``: ``eng`` becomes ``en``, ``EN_us`` becomes ``en-US``.

    Raises:
        LanguageUnknown: when it is malformed or names nothing that is registered.
    """
    if len(tag) > MAXIMUM_TAG_CHARACTERS or not tag_is_valid(tag):
        raise LanguageUnknown("Not a language tag such as en, en-US or grc (BCP 47).")
    return standardize_tag(tag)
