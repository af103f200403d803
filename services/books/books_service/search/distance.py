"""How far words are apart: the slips of a hand that make one of the other."""

from __future__ import annotations

import string
from collections.abc import Iterator

_LETTERS = string.ascii_lowercase


def one_slip_away(word: str) -> Iterator[str]:
    """Yield what ``word`` becomes by one letter left out, put in, replaced or in the place of its neighbour."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in _LETTERS:
            if after:
                yield before + letter + after[1:]
            yield before + letter + after


def distance(one: str, other: str, limit: int) -> int:
    """Return the number of slips between two words, ``limit + 1`` when there are more than ``limit``.

    It is the optimal string alignment distance, of Damerau and Levenshtein.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, counterpart in enumerate(other, 1):
            cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != counterpart))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == counterpart:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before_last, last = last, current
    return last[-1]
