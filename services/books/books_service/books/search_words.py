"""What a client searches for, as patterns that match it literally."""

from __future__ import annotations

from books_service.books.folding import fold
from servicekit.envelope import ValidationFailed

MAXIMUM_SEARCH_CHARACTERS = 200
MAXIMUM_SEARCH_WORDS = 10

_LIKE_SIGNS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def substring_pattern(text: str) -> str:
    """Return the LIKE pattern of texts whose folded form holds the folded ``text``, its signs taken literally."""
    return f"%{fold(text).translate(_LIKE_SIGNS)}%"


def search_words(text: str) -> list[str]:
    """Return the words of ``text``, folded; an empty list when it holds none.

    Raises:
        ValidationFailed: more than ``MAXIMUM_SEARCH_WORDS`` words.
    """
    words = fold(text).split()
    if len(words) > MAXIMUM_SEARCH_WORDS:
        raise ValidationFailed(details={"search": [f"Must be at most {MAXIMUM_SEARCH_WORDS} words."]})
    return words
