"""The ring as an operator sees it: everything but the secrets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from auth_service.signing_keys.ring_file import represent_time
from auth_service.signing_keys.rotation import state_at
from servicekit.key_ring import SigningKey

COLUMNS = ("kid", "state", "accepted", "active_from", "retire_at")


def represent_ring(ring: Collection[SigningKey], *, now: datetime) -> str:
    """Return a table of the keys as they are at ``now``, in the order of the file."""
    rows = [COLUMNS]
    for key in ring:
        rows.append(
            (
                key.kid,
                state_at(key, ring, now),
                "no" if key.is_retired_at(now) else "yes",
                # That of a key which waits for a rotation, or was made by hand, says nothing.
                represent_time(key.active_from) if key.state != "next" and key.active_from.timestamp() > 0 else "-",
                "-" if key.retire_at is None else represent_time(key.retire_at),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
