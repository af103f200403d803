"""How likely two records are one: what speaks for it and what against it, and a score made of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LOWEST, HIGHEST = 1, 100


@dataclass(frozen=True, slots=True)
class Likeness:
    """A score from 1, hardly, to 100, surely, and the facts that it is made of."""

    score: int
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]


def weighed(
    reasons: Mapping[str, int], doubts: Iterable[str], weights: Mapping[str, int], *, further: int | None = None
) -> Likeness:
    """Return the likeness that ``reasons``, each with what it is worth, and ``doubts`` make.

    ``weights`` is what each doubt takes away. With ``further``, reasons tell of the same, and each but the strongest is
    worth so much at most.
    """
    strongest, *others = sorted(reasons.values(), reverse=True)
    score = strongest + sum(others if further is None else (min(worth, further) for worth in others))
    told = tuple(doubts)
    score -= sum(weights[doubt] for doubt in told)
    return Likeness(max(LOWEST, min(HIGHEST, score)), tuple(reasons), told)
