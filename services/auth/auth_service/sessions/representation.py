"""Sessions and their tokens as the answers show them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping

from auth_service.sessions.operations import IssuedTokens
from auth_service.users.representation import represent_user


def represent_session(row: RowMapping, current_id: str) -> dict[str, Any]:
    """Return the JSON members of a session of which ``current_id`` is the one that asks."""
    return {**row, "current": row["id"] == current_id, "links": {"self": f"/api/v1/auth/sessions/{row['id']}"}}


def represent_tokens(tokens: IssuedTokens, life: timedelta) -> dict[str, Any]:
    """Return the JSON members of tokens of which the access token is good for ``life`` (RFC 6749, section 5.1)."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_type": "Bearer",
        "expires_in": int(life.total_seconds()),
        "mfa_enrolment_required": tokens.mfa_enrolment_required,
    }


def represent_sign_in(tokens: IssuedTokens, life: timedelta, user: RowMapping) -> dict[str, Any]:
    """Return the JSON members of a new session: its tokens, and whose it is."""
    return {**represent_tokens(tokens, life), "user": represent_user(user)}
