"""How long, how many and how late: the bounds of what a book may hold, whoever brings it."""

from __future__ import annotations

from datetime import datetime

# The database holds the same figures in its check constraints.
MAXIMUM_TITLE_CHARACTERS = 200
MAXIMUM_SUBTITLE_CHARACTERS = 200
MAXIMUM_PUBLISHER_CHARACTERS = 200
MAXIMUM_DESCRIPTION_CHARACTERS = 2_000
MAXIMUM_SUBJECTS = 50
MAXIMUM_SUBJECT_CHARACTERS = 100
MAXIMUM_PAGES = 50_000
EARLIEST_YEAR = -4000


def latest_year(now: datetime) -> int:
    """Return the last year that a book may name at the moment ``now``."""
    return max(2030, now.year + 2)
