"""Reading what an export shows."""

from __future__ import annotations

from typing import Any

from auth_service.exports.sections import SECTIONS, Section
from servicekit.database import DatabaseSession

# A section is read into memory, some 15 MB of it at the most.
MAXIMUM_ROWS = 10_000


def read_sections(session: DatabaseSession, user_id: int) -> dict[str, Any]:
    """Return every section about a user by its name, each with its newest items and whether these are all.

    Nothing is sent before everything is read, so that a document is whole or not there at all.
    """
    return {section.name: _read(session, section, user_id) for section in SECTIONS}


def _read(session: DatabaseSession, section: Section, user_id: int) -> dict[str, Any]:
    rows = session.execute(section.held(user_id).limit(MAXIMUM_ROWS + 1)).mappings().all()
    return {
        "complete": len(rows) <= MAXIMUM_ROWS,
        "items": [section.represent(row) for row in rows[:MAXIMUM_ROWS]],
    }
