"""Names of authors: how they are written, and when two of them are one."""

from __future__ import annotations

import unicodedata

from books_service.folding import collapse

MAXIMUM_NAME_CHARACTERS = 100


def identity(name: str) -> str:
    """Return what makes ``name`` this name: it differs from another in more than case and white space."""
    return unicodedata.normalize("NFC", collapse(name).casefold())
