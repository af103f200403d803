"""Where an act comes from."""

from __future__ import annotations

from dataclasses import dataclass

MAXIMUM_USER_AGENT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts and how the request came in, as far as it is known.

    ``user_id`` and ``session_id`` are those of the access token; ``session_id`` may be the id of an API key.
    """

    user_id: int | None = None
    session_id: str | None = None
    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


OPERATOR = Origin(user_agent="command line")
WORKER = Origin(user_agent="worker")
