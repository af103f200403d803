"""What a client searches for, as conditions that take it literally."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false

from books_service.folding import fold
from servicekit.envelope import ValidationFailed

MAXIMUM_SEARCH_CHARACTERS = 200
MAXIMUM_SEARCH_WORDS = 10

_LIKE_SIGNS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that ``column``, which is folded, holds the folded ``text``, its signs taken literally.

    A text that folds to nothing, such as an accent alone, is held by none; by LIKE it would be held by all.
    """
    folded = fold(text)
    if not folded:
        return false()
    condition: ColumnElement[bool] = column.like(f"%{folded.translate(_LIKE_SIGNS)}%")
    return condition


def begins_with(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` begins with ``text``, its signs taken literally; false for no text."""
    if not text:
        return false()
    condition: ColumnElement[bool] = column.like(f"{text.translate(_LIKE_SIGNS)}%")
    return condition


def search_words(text: str) -> list[str]:
    """Return the words of ``text``, folded; none for a blank text, an empty one for a text that folds to nothing.

    Raises:
        ValidationFailed: more than ``MAXIMUM_SEARCH_WORDS`` words.
    """
    words = fold(text).split()
    if len(words) > MAXIMUM_SEARCH_WORDS:
        raise ValidationFailed(details={"search": [f"Must be at most {MAXIMUM_SEARCH_WORDS} words."]})
    return words if words or not text.split() else [""]
