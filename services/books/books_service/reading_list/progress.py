"""How far a member is with a book: what finished and its dates say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicekit.envelope import ValidationFailed


def settle_progress(values: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values``, members of an entry to write over ``current``, with what follows from them.

    A day on which the book was finished means that it is finished; one that is not finished any more has no such day.

    Raises:
        ValidationFailed: a book that is not finished and was on some day, or finished before it was begun.
    """
    settled = dict(values)
    if settled.get("finished_on") is not None:
        settled.setdefault("finished", True)
    elif settled.get("finished") is False:
        settled["finished_on"] = None
    entry = {**current, **settled}
    if entry["finished_on"] is None:
        return settled
    if not entry["finished"]:
        raise ValidationFailed(details={"finished_on": ["Must be null for a book that is not finished."]})
    if entry["started_on"] is not None and entry["finished_on"] < entry["started_on"]:
        changed = "finished_on" if "finished_on" in values else "started_on"
        problem = "Must not be before started_on." if changed == "finished_on" else "Must not be after finished_on."
        raise ValidationFailed(details={changed: [problem]})
    return settled
