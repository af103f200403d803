"""What finished and the two days say together."""

from __future__ import annotations

from datetime import date

import pytest

from books_service.reading_list.progress import settle_progress
from servicekit.envelope import ValidationFailed

EARLY, LATE = date(2026, 1, 1), date(2026, 2, 1)
NEW = {"finished": False, "started_on": None, "finished_on": None}
DONE = {"finished": True, "started_on": EARLY, "finished_on": LATE}


@pytest.mark.parametrize(
    ("values", "current", "settled"),
    [
        ({"finished": True}, NEW, {"finished": True}),
        ({"finished_on": LATE}, NEW, {"finished": True, "finished_on": LATE}),
        ({"finished": False}, DONE, {"finished": False, "finished_on": None}),
        ({"finished": False, "finished_on": None}, DONE, {"finished": False, "finished_on": None}),
        ({"finished_on": None}, DONE, {"finished_on": None}),
        ({"started_on": LATE}, DONE, {"started_on": LATE}),
        ({"note": "x"}, DONE, {"note": "x"}),
        ({"note": "x"}, NEW, {"note": "x"}),
    ],
)
def test_what_is_said_settles_what_follows(values, current, settled):
    assert settle_progress(values, current) == settled


@pytest.mark.parametrize(
    ("values", "current", "field"),
    [
        ({"finished": False, "finished_on": LATE}, NEW, "finished_on"),
        ({"started_on": LATE, "finished_on": EARLY}, NEW, "finished_on"),
        ({"finished_on": EARLY}, {**DONE, "started_on": LATE}, "finished_on"),
        ({"started_on": LATE}, {**DONE, "finished_on": EARLY}, "started_on"),
    ],
)
def test_contradiction_is_refused_in_the_member_that_was_sent(values, current, field):
    with pytest.raises(ValidationFailed) as refusal:
        settle_progress(values, current)

    assert list(refusal.value.details) == [field]
