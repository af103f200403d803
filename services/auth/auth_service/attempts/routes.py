"""The HTTP interface of failed sign-ins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auth_service import limits
from auth_service.attempts import operations, queries
from auth_service.attempts.representation import represent_counter
from auth_service.attempts.schemas import FailedSignInsSchema
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.users import queries as users
from auth_service.users.roles import MANAGE_USERS
from servicekit.access import access
from servicekit.blueprint import Blueprint
from servicekit.pagination import Page, PageQuerySchema, page_request

blueprint = Blueprint(
    "failed sign-ins", __name__, url_prefix="/api/v1/users", description="What failed, and who has to wait for it."
)


@blueprint.route("/<id:user_id>/failed-sign-ins")
@access(MANAGE_USERS)
@limits.reads
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, FailedSignInsSchema(many=True))
def list_failed_sign_ins(arguments: dict[str, Any], user_id: int) -> Page:
    """List what is counted of the failed sign-ins of a user, what is blocked longest first"""
    current_caller()
    users.get_user(db.session, user_id)
    page = queries.list_failures_of_user(
        db.session, wiring().attempts.rules, user_id, page_request(arguments), now=datetime.now(UTC)
    )
    return page.mapped(represent_counter)


@blueprint.route("/<id:user_id>/failed-sign-ins", methods=["DELETE"])
@access(MANAGE_USERS)
@limits.writes
@blueprint.response(204)
def clear_failed_sign_ins(user_id: int) -> None:
    """Forget the failed sign-ins of a user, who need not wait any longer"""
    current_caller()
    users.get_user(db.session, user_id)
    operations.clear_failed_attempts(db.session, user_id=user_id, origin=request_origin())
