"""How many books hold a word: what PostgreSQL has counted of the common ones, kept for some minutes."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from books_service.search.levels import HIGHEST_LEVEL
from books_service.search.query import Part
from books_service.search.tsquery import lexemes, marked
from servicekit.database import DatabaseSession

KEPT_SECONDS = 300

# What is counted of the levels themselves, only the owner of the table may see.
_COUNTED = text(
    "SELECT attname = 'popularity' AS of_levels, most_common_elems::text::text[], most_common_elem_freqs,"
    " most_common_vals::text::bigint[], most_common_freqs, histogram_bounds::text::bigint[],"
    " (SELECT reltuples FROM pg_class WHERE oid = 'books.books'::regclass) FROM pg_stats"
    " WHERE schemaname = 'books' AND tablename = 'books' AND attname IN ('search_vector', 'popularity')"
)


@dataclass(frozen=True, slots=True)
class CountedWords:
    """Which part of all books, 0 to 1, holds a word, for common words; and reaches a level.

    Empty for a table that nobody has counted yet.
    """

    books: float = 0
    words: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[int, float] = field(default_factory=dict)

    def share(self, parts: Iterable[Part]) -> float:
        """Return the share of books that hold ``parts``, as if each word stood where it stands by chance.

        Words that are not common count as 0.
        """
        expected = 1.0
        for part in parts:
            share = self._of_part(part)
            expected *= 1 - share if part.excluded else share
        return expected

    def level(self, books: int, share: float) -> int | None:
        """Return the highest level above which ``books`` of a ``share`` are expected, None when it takes all levels."""
        reached = [level for level, of_all in self.levels.items() if of_all * share * self.books >= books]
        return max(reached, default=None) if share * self.books > 2 * books else None

    def _of_part(self, part: Part) -> float:
        missing = 1 - math.prod(self._of_word(word, prefix=prefix) for word, prefix in lexemes(part))
        for words in part.alternatives:
            missing *= 1 - math.prod(self._of_word(marked(word, part.field), prefix=False) for word in words)
        if part.or_longer:
            missing *= 1 - self._of_word(marked(part.words[-1].text, part.field), prefix=True)
        return 1 - missing

    def _of_word(self, word: str, *, prefix: bool) -> float:
        if not prefix:
            return self.words.get(word, 0.0)
        missing = 1.0
        for known, share in self.words.items():
            if known.startswith(word):
                missing *= 1 - share
        return 1 - missing


@dataclass(slots=True)
class _Kept:
    counted: CountedWords = field(default_factory=CountedWords)
    until: float = float("-inf")


_kept = _Kept()
_lock = threading.Lock()


def counted_words(session: DatabaseSession) -> CountedWords:
    """Return what is known, asking again from time to time."""
    with _lock:
        if time.monotonic() < _kept.until:
            return _kept.counted
        # The others go on with what there is.
        _kept.until = time.monotonic() + KEPT_SECONDS
    books = 0.0
    words: dict[str, float] = {}
    levels: dict[int, float] = {}
    for of_levels, elements, element_shares, values, value_shares, bounds, rows in session.execute(_COUNTED):
        books = rows
        if of_levels:
            levels = _levels(dict(zip(values or (), value_shares or (), strict=True)), bounds or ())
        else:
            # More shares than elements: the least, the greatest, and that of none.
            words = dict(zip(elements or (), element_shares or (), strict=False))
    _kept.counted = CountedWords(books, words, levels)
    return _kept.counted


def _levels(common: Mapping[int, float], bounds: Sequence[int]) -> dict[int, float]:
    """Return the share of books that reach each level, from common popularities and those that part the others."""
    shares = dict(common)
    for bound in bounds[:-1]:
        shares[bound] = shares.get(bound, 0) + (1 - sum(common.values())) / (len(bounds) - 1)
    return {
        level: sum(share * 2.0 ** min(0, math.floor(math.log2(value + 1) - level)) for value, share in shares.items())
        for level in range(1, HIGHEST_LEVEL + 1)
    }
