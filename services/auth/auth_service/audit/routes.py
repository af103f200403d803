"""The HTTP interface of the audit log."""

from __future__ import annotations

from typing import Any

from auth_service import limits
from auth_service.audit import queries
from auth_service.audit.filters import about, conditions_of
from auth_service.audit.representation import represent_event, represent_own_event
from auth_service.audit.schemas import ActivityQuerySchema, AuditEventSchema, AuditQuerySchema
from auth_service.callers import current_caller
from auth_service.extensions import db
from auth_service.users.roles import MANAGE_ACCOUNT, READ_AUDIT
from servicekit.access import access
from servicekit.blueprint import Blueprint, CursorPaginationSchema
from servicekit.cursors import CursorPage, cursor_request

blueprint = Blueprint("audit", __name__, url_prefix="/api/v1/audit", description="What happened to accounts.")
activity = Blueprint(
    "activity", __name__, url_prefix="/api/v1/users/profile/activity", description="What happened to one's own account."
)


@blueprint.route("")
@access(READ_AUDIT)
@limits.reads
@blueprint.arguments(AuditQuerySchema, location="query")
@blueprint.response(200, AuditEventSchema(many=True), pagination=CursorPaginationSchema)
def list_audit_events(arguments: dict[str, Any]) -> CursorPage:
    """List what happened to accounts, the newest first

    Every filter that is given must hold.
    """
    current_caller()
    page = queries.list_events(db.session, conditions_of(arguments), cursor_request(arguments))
    return page.mapped(represent_event)


@activity.route("")
@access(MANAGE_ACCOUNT)
@limits.reads
@activity.arguments(ActivityQuerySchema, location="query")
@activity.response(200, AuditEventSchema(many=True), pagination=CursorPaginationSchema)
def list_own_activity(arguments: dict[str, Any]) -> CursorPage:
    """List what happened to one's own account, the newest first

    Address and device are shown of what one did oneself.
    """
    concerning = about(current_caller()["id"])
    page = queries.list_events(db.session, [concerning, *conditions_of(arguments)], cursor_request(arguments))
    return page.mapped(represent_own_event)
