"""The HTTP interface of keeping somebody out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.suspensions import operations
from auth_service.suspensions.schemas import SuspensionSchema
from auth_service.users import queries
from auth_service.users.representation import represent_user
from auth_service.users.roles import MANAGE_USERS
from auth_service.users.schemas import UserSchema
from servicekit.access import access
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import entity_tag

blueprint = Blueprint("suspensions", __name__, url_prefix="/api/v1/users", description="Keeping somebody out.")


@blueprint.route("/<id:user_id>/disable", methods=["POST"])
@access(MANAGE_USERS)
@limits.writes
@blueprint.arguments(SuspensionSchema, required=False)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(200, UserSchema)
def disable_user(values: dict[str, Any], user_id: int) -> Answer:
    """Disable a user: sessions end, every token is refused, nobody signs in

    Doing it again changes nothing. The last admin who may sign in cannot be disabled.
    """
    current_caller()
    operations.disable_user(
        db.session,
        wiring().revocation,
        user_id,
        reason=values["reason"],
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return _answer(user_id)


@blueprint.route("/<id:user_id>/enable", methods=["POST"])
@access(MANAGE_USERS)
@limits.writes
@blueprint.arguments(SuspensionSchema, required=False)
@blueprint.response(200, UserSchema)
def enable_user(values: dict[str, Any], user_id: int) -> Answer:
    """Let a disabled user sign in again

    Sessions that have ended stay ended; API keys count again.
    """
    current_caller()
    operations.enable_user(db.session, user_id, reason=values["reason"], origin=request_origin())
    return _answer(user_id)


@blueprint.route("/<id:user_id>/sessions", methods=["DELETE"])
@access(MANAGE_USERS)
@limits.writes
@blueprint.response(204)
def delete_sessions_of_user(user_id: int) -> None:
    """End every session of a user; their tokens are refused from then on"""
    current_caller()
    operations.end_all_sessions(
        db.session, wiring().revocation, user_id, origin=request_origin(), now=datetime.now(UTC)
    )


def _answer(user_id: int) -> Answer:
    user = queries.get_user(db.session, user_id)
    return Answer(represent_user(user), headers=entity_tag(user["version"]))
