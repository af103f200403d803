"""When two authors may be one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from books_service.authors.dates import comes_before
from books_service.authors.identifiers import AUTHOR_SCHEMES
from books_service.duplicates.likeness import Likeness, weighed
from books_service.duplicates.names import (
    GIVEN_NAMES_FIT,
    INITIALS_FIT,
    OTHER_WORD_ORDER,
    SAME_LETTERS,
    SIMILAR_SPELLING,
    compare_names,
)

SHARED_IDENTIFIER = "shared_identifier"
SAME_LIFE_DATES = "same_life_dates"
REASONS = (
    SHARED_IDENTIFIER,
    SAME_LETTERS,
    OTHER_WORD_ORDER,
    GIVEN_NAMES_FIT,
    INITIALS_FIT,
    SIMILAR_SPELLING,
    SAME_LIFE_DATES,
)

NAMED_TOGETHER = "named_together"
LIFE_DATES_DIFFER = "life_dates_differ"
IDENTIFIERS_DIFFER = "identifiers_differ"
SUFFIX_DIFFERS = "suffix_differs"
DOUBTS = {NAMED_TOGETHER: 10, LIFE_DATES_DIFFER: 35, IDENTIFIERS_DIFFER: 25, SUFFIX_DIFFERS: 20}

_LIFE = ("born", "died")
# As the function name_words of the migrations takes it off.
_SUFFIX = re.compile(r",? +(jr|sr|ii|iii|iv)\.?$")


def compare_authors(
    one: Mapping[str, Any],
    other: Mapping[str, Any],
    names: Iterable[Mapping[str, Any]],
    *,
    named_together: bool,
) -> Likeness | None:
    """Return how likely two authors, rows of ``authors.queries.get_author``, are one; None when nothing speaks for it.

    ``names`` are rows of ``queries.list_similar_names`` of these two. ``named_together`` says whether one book names
    both, which happens to one person seldom.
    """
    reasons: dict[str, int] = {}
    doubts = [NAMED_TOGETHER] if named_together else []
    if set(one["identifiers"]) & set(other["identifiers"]):
        reasons[SHARED_IDENTIFIER] = 95
    elif _known_differently(one["identifiers"], other["identifiers"]):
        doubts.append(IDENTIFIERS_DIFFER)
    alike = [(*found, row) for row in names if (found := compare_names(row["words"], row["other_words"]))]
    if alike:
        reason, worth, row = max(alike, key=lambda found: found[1])
        reasons[reason] = worth
        if _suffix(row["name_key"]) != _suffix(row["other_name_key"]):
            doubts.append(SUFFIX_DIFFERS)
    if not reasons:
        return None
    dates = [(one[member], other[member]) for member in _LIFE if one[member] and other[member]]
    if any(comes_before(*both) or comes_before(*reversed(both)) for both in dates):
        doubts.append(LIFE_DATES_DIFFER)
    elif dates:
        reasons[SAME_LIFE_DATES] = 10
    return weighed(reasons, doubts, DOUBTS, further=10)


def _known_differently(identifiers: Iterable[str], others: Iterable[str]) -> bool:
    """Return whether one register knows the two as different ones."""
    schemes = [{identifier.partition(":")[0] for identifier in of} for of in (identifiers, others)]
    return bool(schemes[0] & schemes[1] & set(AUTHOR_SCHEMES.spelling))


def _suffix(name_key: str) -> str | None:
    found = _SUFFIX.search(name_key)
    return found[1] if found else None
