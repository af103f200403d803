"""An event as the answers show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auth_service.users.representation import user_url

# What tells of the one who acted.
OF_THE_ACTOR = ("session_id", "address", "user_agent", "request_id")


def represent_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON members of ``event`` for those who may read all."""
    links = {who: event[f"{who}_id"] and user_url(event[f"{who}_id"]) for who in ("user", "actor")}
    return {**event, "links": links}


def represent_own_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON members of ``event`` for the user whom it concerns.

    Where an act came from is shown when it was the user's own. Anybody else's address is theirs, be it that of an
    admin, or of somebody who has mistaken a name for the own one at the login.
    """
    shown = represent_event(event)
    if event["actor_id"] != event["user_id"]:
        shown |= dict.fromkeys(OF_THE_ACTOR)
        shown["links"]["actor"] = None
    return shown
