"""The passwords that attackers try first, as zxcvbn counts them.

zxcvbn carries 30,000 of them. Importing it would keep its other dictionaries (names, words, films: 14 MB) in every
process, so only the file that holds the lists is executed, and only what is long enough to be accepted otherwise stays
in memory.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

MINIMUM_CHARACTERS = 8


@cache
def common_passwords() -> frozenset[str]:
    """Return the common passwords of at least eight characters, in lower case.

    Raises:
        RuntimeError: when the installed zxcvbn holds no such list.
    """
    return frozenset(word for word in _ranked_words() if len(word) >= MINIMUM_CHARACTERS)


def _ranked_words() -> Iterable[str]:
    package = importlib.util.find_spec("zxcvbn")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("zxcvbn is not installed")
    path = Path(package.submodule_search_locations[0]) / "frequency_lists.py"
    spec = importlib.util.spec_from_file_location("zxcvbn_frequency_lists", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path.name} of zxcvbn cannot be loaded")
    lists: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lists)
    words: Iterable[str] = lists.FREQUENCY_LISTS["passwords"]
    return words
