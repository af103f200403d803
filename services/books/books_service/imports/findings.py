"""What an import has to say about single rows."""

from __future__ import annotations

from dataclasses import dataclass

# What became of a row.
CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"
KEPT = "kept"
REJECTED = "rejected"
OUTCOMES = (CREATED, UPDATED, UNCHANGED, KEPT, REJECTED)

# What became of a value.
LEFT_OUT = "left out"
REPAIRED = "repaired"

MAXIMUM_VALUE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a row that is not stored as the file has it.

    ``kind`` is ``REJECTED`` (the row is not stored), ``LEFT_OUT`` (the row is, without this value), ``REPAIRED`` (with
    a value that the file does not hold as such) or ``KEPT`` (the book stays as it is).
    """

    kind: str
    field: str
    reason: str
    value: str = ""

    def shown_value(self) -> str:
        """Return the value in a length for people."""
        cut = self.value[:MAXIMUM_VALUE_CHARACTERS]
        return cut if cut == self.value else f"{cut}..."
