"""The passwords that attackers try first, as zxcvbn counts them.

zxcvbn carries 30,000 of them. Importing it would keep its other dictionaries (names, words, films: 14 MB) in every
process, so only the file that holds the lists is executed, and only what is long enough to be accepted otherwise stays
in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.metadata import distribution
from types import ModuleType
from typing import Any

MINIMUM_CHARACTERS = 8


@cache
def common_passwords() -> frozenset[str]:
    """Return the common passwords of at least eight characters, in lower case.

    Raises:
        ImportError, OSError: zxcvbn is not installed, or keeps its lists elsewhere.
    """
    return frozenset(word for word in _ranked_words() if len(word) >= MINIMUM_CHARACTERS)


def _ranked_words() -> Iterable[str]:
    path = distribution("zxcvbn").locate_file("zxcvbn/frequency_lists.py")
    lists: Any = ModuleType("zxcvbn_frequency_lists")
    SourceFileLoader(lists.__name__, str(path)).exec_module(lists)
    words: Iterable[str] = lists.FREQUENCY_LISTS["passwords"]
    return words
