"""When two names may be those of one person. They come folded, given names first, without punctuation and suffix."""

from __future__ import annotations

from books_service.search.distance import distance

SAME_LETTERS = "same_letters"
OTHER_WORD_ORDER = "other_word_order"
GIVEN_NAMES_FIT = "given_names_fit"
INITIALS_FIT = "initials_fit"
SIMILAR_SPELLING = "similar_spelling"

# By the number of initials that fit.
_FITTING_INITIALS = (0, 45, 65, 75)
_LONGEST_RUN_OF_INITIALS = 3
_VOWELS = frozenset("aeiouy")
_FEWEST_LETTERS_OF_A_SLIP = 4
_FEWEST_LETTERS_OF_TWO_SLIPS = 8


def compare_names(one: str, other: str) -> tuple[str, int] | None:
    """Return why two names may be one person's and what that is worth, from 1 to 100; None when they are not alike."""
    first, second = one.split(), other.split()
    if "".join(first) == "".join(second):
        return SAME_LETTERS, 95
    if sorted(first) == sorted(second) or "".join(second) in _turned(first):
        return OTHER_WORD_ORDER, 85
    if min(len(first), len(second)) == 1:
        return None
    given, other_given = first[:-1], second[:-1]
    if first[-1] == second[-1]:
        return _fitting(given, other_given) or _slip(given, other_given)
    return _slip(first, second) if given == other_given else None


def _turned(words: list[str]) -> set[str]:
    """Return the letters of a name whose last word is put first, and of one whose first word is put last."""
    return {"".join([words[-1], *words[:-1]]), "".join([*words[1:], words[0]])}


def _fitting(given: list[str], other: list[str]) -> tuple[str, int] | None:
    """Compare given names that may be left out from the second on, and of which initials may be all there is."""
    one_by_one = list(zip(_apart(given), _apart(other), strict=False))
    if not all(one == two or (min(len(one), len(two)) == 1 and one[0] == two[0]) for one, two in one_by_one):
        return None
    if any(one == two and len(one) > 1 for one, two in one_by_one):
        return GIVEN_NAMES_FIT, 75
    return INITIALS_FIT, _FITTING_INITIALS[min(len(one_by_one), _LONGEST_RUN_OF_INITIALS)]


def _apart(given: list[str]) -> list[str]:
    """Return given names with initials that are written as one word, such as those of JK, taken apart."""
    apart: list[str] = []
    for word in given:
        initials = 1 < len(word) <= _LONGEST_RUN_OF_INITIALS and not _VOWELS.intersection(word)
        apart += list(word) if initials else [word]
    return apart


def _slip(words: list[str], others: list[str]) -> tuple[str, int] | None:
    """Compare words of which one may be misspelt."""
    if len(words) != len(others):
        return None
    differing = [(one, other) for one, other in zip(words, others, strict=True) if one != other]
    if len(differing) != 1:
        return None
    one, other = differing[0]
    shortest = min(len(one), len(other))
    if shortest < _FEWEST_LETTERS_OF_A_SLIP:
        return None
    limit = 1 + (shortest >= _FEWEST_LETTERS_OF_TWO_SLIPS)
    slips = distance(one, other, limit)
    # The longer a word, the less likely it is another one.
    return (SIMILAR_SPELLING, 80 - 120 * slips // max(len(one), len(other))) if slips <= limit else None
