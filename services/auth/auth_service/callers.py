"""Who calls: the user behind the access token, and where the request comes from."""

from __future__ import annotations

from flask import request
from sqlalchemy import RowMapping

from auth_service.audit.origin import MAXIMUM_USER_AGENT_CHARACTERS, Origin
from auth_service.extensions import db
from auth_service.users import queries
from servicekit.access import anonymous_or_principal, current_principal
from servicekit.logs import current_request_id


def current_caller() -> RowMapping:
    """Return the signed-in user, who must still be as the token says.

    Raises:
        TokenMissing: the caller is anonymous.
        TokenRevoked: the account is gone or disabled, or the token was revoked, whether or not Redis knows it.
    """
    principal = current_principal()
    return queries.get_caller(
        db.session, user_id=principal.user_id, epoch=principal.epoch, session_id=principal.session_id
    )


def request_origin() -> Origin:
    """Return where the current request comes from, for sessions and the audit log."""
    principal = anonymous_or_principal()
    agent = request.headers.get("User-Agent", "")[:MAXIMUM_USER_AGENT_CHARACTERS]
    return Origin(
        user_id=None if principal is None else principal.user_id,
        session_id=None if principal is None else principal.session_id,
        address=request.remote_addr,
        user_agent=agent or None,
        request_id=current_request_id(),
    )
