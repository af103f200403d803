"""Names of authors: how they are written, and when two of them are one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from books_service.folding import collapse

MAXIMUM_NAME_CHARACTERS = 100
MAXIMUM_VARIANTS = 100


def identity(name: str) -> str:
    """Return what makes ``name`` this name: it differs from another in more than case and white space."""
    return unicodedata.normalize("NFC", collapse(name).casefold())


def variants_beside(name: str, variants: Iterable[str]) -> list[str]:
    """Return those of ``variants`` that are neither ``name`` nor an earlier one, in their order."""
    distinct = {identity(name): name}
    for variant in variants:
        distinct.setdefault(identity(variant), variant)
    return list(distinct.values())[1:]
