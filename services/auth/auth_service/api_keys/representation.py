"""An API key as the answers show it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from auth_service.users.representation import user_url
from servicekit.entity_tags import row_tag


def api_key_url(key_id: str) -> str:
    """Return the path of an API key."""
    return f"/api/v1/api-keys/{key_id}"


def represent_api_key(key: RowMapping) -> dict[str, Any]:
    """Return the JSON members of ``key``, a row of ``queries.get_api_key``."""
    return {
        **key,
        "etag": row_tag(key["version"], key["last_used_at"], key["last_used_address"]),
        "links": {"self": api_key_url(key["id"]), "owner": user_url(key["user_id"])},
    }
